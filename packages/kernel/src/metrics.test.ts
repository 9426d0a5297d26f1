import { afterEach, expect, test, vi } from 'vitest'
import { createMetrics } from './metrics.ts'

afterEach(() => { vi.useRealTimers() })

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

test('a part that does not answer keeps nobody waiting for the others', async () => {
  vi.useFakeTimers()
  const metrics = createMetrics({ processMetrics: false })
  const depth = metrics.gauge({ name: 'intellidocs_depth', help: 'x' })
  const height = metrics.gauge({ name: 'intellidocs_height', help: 'x' })
  metrics.onRead('well', [depth], () => new Promise(() => undefined))
  metrics.onRead('tower', [height], async () => height.set(40))
  const reading = metrics.read()
  await vi.advanceTimersByTimeAsync(2_000)
  const { body } = await reading
  expect(body).toMatch(/^intellidocs_depth nan$/im)
  expect(body).toMatch(/^intellidocs_height 40$/m)
})
