import { testSuite } from './harness/suite.ts'
import { suite } from './temporal-loss.faults.ts'

testSuite(suite)
