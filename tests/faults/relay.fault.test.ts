import { testSuite } from './harness/suite.ts'
import { suite } from './relay.faults.ts'

testSuite(suite)
