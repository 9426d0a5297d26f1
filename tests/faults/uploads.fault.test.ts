import { testSuite } from './harness/suite.ts'
import { suite } from './uploads.faults.ts'

testSuite(suite)
