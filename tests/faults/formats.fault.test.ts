import { testSuite } from './harness/suite.ts'
import { suite } from './formats.faults.ts'

testSuite(suite)
