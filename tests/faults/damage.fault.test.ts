import { testSuite } from './harness/suite.ts'
import { suite } from './damage.faults.ts'

testSuite(suite)
