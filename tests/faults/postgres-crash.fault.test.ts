import { testSuite } from './harness/suite.ts'
import { suite } from './postgres-crash.faults.ts'

testSuite(suite)
