import { testSuite } from './harness/suite.ts'
import { suite } from './worker-kills.faults.ts'

testSuite(suite)
