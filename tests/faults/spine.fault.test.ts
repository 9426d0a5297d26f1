import { testSuite } from './harness/suite.ts'
import { suite as damage } from './damage.faults.ts'
import { suite as relay } from './relay.faults.ts'
import { suite as searchIndex } from './search-index.faults.ts'
import { suite as uploads } from './uploads.faults.ts'

// Their stacks are alike, and each start takes seconds.
testSuite({ name: 'spine', faults: [uploads, relay, damage, searchIndex].flatMap(({ faults }) => faults) })
