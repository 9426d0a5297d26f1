import { testSuite } from './harness/suite.ts'
import { suite } from './disk.faults.ts'

testSuite(suite)
