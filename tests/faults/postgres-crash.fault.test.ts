import { testSuite } from './harness/suite.ts'
import { suite } from './postgres-crash.faults.ts'

// An immediate stop is to the product what a kill is; `npm run faults` does both.
testSuite({ ...suite, faults: suite.faults.filter(({ name }) => name !== 'postgres stopped at once') })
