import { expect, test } from 'vitest'
import { createMetrics } from './metrics.ts'

test('a part that cannot be looked up is counted, and its figure is not the last one', async () => {
  const metrics = createMetrics({ processMetrics: false })
  const depth = metrics.gauge({ name: 'intellidocs_depth', help: 'x' })
  let look = async (): Promise<void> => depth.set(7)
  metrics.onRead('well', [depth], () => look())
  expect((await metrics.read()).body).toMatch(/^intellidocs_depth 7$/m)
  look = () => Promise.reject(new Error('the well is away'))
  expect((await metrics.read()).body).toMatch(/^intellidocs_depth nan$/im)
  expect((await metrics.read()).body).toMatch(/^intellidocs_metrics_failures_total\{part="well"\} [12]$/m)
})
