import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMIN, openHouse, startCollector, type Collector, type House, type Span } from './house.ts'

let collector: Collector
let house: House
beforeAll(async () => {
  collector = await startCollector()
  house = await openHouse({ traces: collector.endpoint })
})
afterAll(async () => {
  await house.close()
  await collector.close()
})

const TEXT = 'Hartmann owes the harbour of Sines four thousand crowns. '
const NAME = 'debts-of-hartmann.txt'

/** The names from the root to a span. */
function pathTo(span: Span, spans: readonly Span[]): string[] {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId)
  return [...parent === undefined ? [] : pathTo(parent, spans), span.name]
}

test('one upload is one trace, from its request through outbox and relay to the activity that makes it ready', async () => {
  const { document } = await house.client.upload(new TextEncoder().encode(TEXT.repeat(40)), { name: NAME })
  await expect.poll(async () => (await house.client.api.documents.get.query({ id: document.id })).state, { timeout: 40_000 }).toBe('ready')
  const uploadTrace = (): Span[] => {
    const root = collector.spans().find(({ name }) => name === 'POST upload')
    return collector.spans().filter(({ traceId }) => traceId === root?.traceId)
  }
  await expect.poll(() => uploadTrace().map(({ name }) => name), { timeout: 20_000 }).toEqual(expect.arrayContaining(['activity index', 'POST upload']))
  const trace = uploadTrace()
  const ready = trace.find(({ name }) => name === 'outbox documents.ready.v1')
  expect(ready && pathTo(ready, trace)).toEqual([
    'POST upload', 'unit tenant', 'outbox documents.uploaded.v1', 'deliver documents.start-processing', 'activity index', 'unit tenant',
    'outbox documents.ready.v1',
  ])
  const read = trace.find(({ name }) => name === 'sandbox read')
  expect(read && pathTo(read, trace).slice(-2)).toEqual(['activity read', 'sandbox read'])
  // Nothing hangs in the air: the request is the only beginning.
  const ids = new Set(trace.map(({ spanId }) => spanId))
  expect(trace.filter(({ parentSpanId = '' }) => !ids.has(parentSpanId)).map(({ name }) => name)).toEqual(['POST upload'])
})

test('a call of a procedure is a trace with its code, and what is looked up every second makes none', async () => {
  await house.client.api.documents.get.query({ id: '0193a0f0-0000-7000-8000-000000000000' }).catch(() => undefined)
  const calls = () => collector.spans().filter(({ name }) => name === 'documents.get')
  await expect.poll(() => JSON.stringify(calls().map(({ attributes }) => attributes)), { timeout: 20_000 }).toContain('document.not_found')
  const roots = new Set(collector.spans().filter(({ parentSpanId }) => parentSpanId === undefined || parentSpanId === '').map(({ name }) => name))
  expect([...roots].filter((name) => !/^(GET|POST) (trpc|upload|resumable|download)$|^(deliver|outbox) /.test(name))).toEqual([])
})

test('no name, word, account or secret of a customer leaves in a span', async () => {
  await house.client.api.documents.folders.create.mutate({ name: 'Merger with Hartmann' })
  await expect.poll(() => collector.bodies(), { timeout: 20_000 }).toContain('documents.folders.create')
  for (const word of ['hartmann', 'sines', 'merger', 'debts', ADMIN.email, ADMIN.password, 'bearer', 'idk_']) {
    expect(collector.bodies().toLowerCase()).not.toContain(word)
  }
})
