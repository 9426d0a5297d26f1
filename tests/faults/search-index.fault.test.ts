import { testSuite } from './harness/suite.ts'
import { suite } from './search-index.faults.ts'

testSuite(suite)
