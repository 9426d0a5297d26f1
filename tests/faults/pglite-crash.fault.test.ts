import { testSuite } from './harness/suite.ts'
import { suite } from './pglite-crash.faults.ts'

testSuite(suite)
