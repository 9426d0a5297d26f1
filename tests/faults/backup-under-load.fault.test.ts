import { testSuite } from './harness/suite.ts'
import { suite } from './backup-under-load.faults.ts'

testSuite(suite)
