import { testSuite } from './harness/suite.ts'
import { suite as flows } from './flows.faults.ts'
import { suite as temporal } from './temporal-loss.faults.ts'

// Their stacks are alike, and each start takes seconds. The thousand runs, of which there are few here, are killed all servers under; at which step of a run is for `npm run faults`.
testSuite({
  name: 'flows and temporal', stack: { env: { ...flows.stack?.env, ...temporal.stack?.env } },
  faults: [...flows.faults.filter(({ name }) => !name.includes('while')), ...temporal.faults],
})
