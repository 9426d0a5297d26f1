import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { until } from '@intellidocs/testing'
import { fault, type FaultContext, type Suite } from './harness/fault.ts'
import type { Stack } from './harness/stack.ts'
import { assertRowsWhole } from './worker-rows.ts'

/** Nine documents, one of them long, and the server's death somewhere in their work. */
async function killInTheMiddle({ stack, client, random }: FaultContext): Promise<void> {
  await client.uploadMany(8)
  await client.upload({ kind: 'scan' })
  await delay(random.int(0, 2_000))
  await stack.temporal.process.kill()
}

const killed = fault({
  name: 'Temporal killed',
  what: 'kill -9 of the Temporal server in the middle of the work of a dozen documents, more of them while it is down, then its start',
  arrange: killInTheMiddle,
  async act({ stack, client, drain }) {
    const uploads = await client.uploadMany(3)
    assert.ok(uploads.every(({ outcome }) => outcome.kind === 'acked'), 'uploads are acknowledged without Temporal')
    await stack.temporal.process.start()
    await drain()
  },
  settled: ({ stack }) => assertRowsWhole(stack),
})

/** Does what whoever runs the product does: starts the worker again when it ends. One whose namespace is gone may end. */
async function supervised<T>({ worker }: Stack, work: () => Promise<T>): Promise<T> {
  let over = false
  const watch = (async () => {
    while (!over) {
      if (!worker.running()) await worker.start()
      await delay(100)
    }
  })()
  // Told by the wait below; without this a rejection would have no handler until then.
  watch.catch(() => undefined)
  try {
    return await work()
  } finally {
    over = true
    await watch
  }
}

const stateLost = fault({
  name: 'Temporal state lost',
  what: 'kill -9 of the Temporal server in the middle of work, its database file deleted, started empty; nobody tells the product',
  arrange: async (context) => {
    await killInTheMiddle(context)
    const { stack } = context
    for (const end of ['', '-wal', '-shm']) await rm(`${stack.temporal.file}${end}`, { force: true })
  },
  act: ({ stack, client, drain }) => supervised(stack, async () => {
    await stack.temporal.process.start()
    await client.uploadMany(3)
    await drain()
  }),
  settled: ({ stack }) => assertRowsWhole(stack),
})

type Readiness = { ready: boolean; degraded: string[] }
const readinessAt = async (url: string): Promise<Readiness> => await (await fetch(`${url}/readyz`)).json() as Readiness

/** Minutes once; in `npm test` and in the other rounds the half of one. */
const awayMs = (hurry: boolean, round: number): number => (!hurry && round === 0 ? 180_000 : 30_000)

const away = fault({
  name: 'Temporal away',
  what: 'no Temporal server for three minutes (first round; then 30 s): uploads go on, readiness says degraded, a worker that starts meanwhile ends with 1',
  arrange: async ({ stack }) => {
    await stack.temporal.process.stop()
  },
  async act({ stack, client, hurry, round, drain }) {
    const back = performance.now() + awayMs(hurry, round)
    while (performance.now() < back) {
      const { outcome } = await client.upload()
      assert.equal(outcome.kind, 'acked', 'an upload is acknowledged')
      await delay(1_000)
    }
    assert.deepEqual(await until('readiness says what is away', async () => {
      const { ready, degraded } = await readinessAt(stack.api.url)
      return degraded.length > 0 && { ready, degraded }
    }), { ready: true, degraded: ['temporal'] })
    await stack.worker.kill()
    await assert.rejects(stack.worker.start(), /it ended with code 1/)
    await stack.temporal.process.start()
    await stack.worker.start()
    await drain()
    assert.deepEqual((await until('readiness is whole again', async () => {
      const now = await readinessAt(stack.api.url)
      return now.degraded.length === 0 && now
    })).ready, true)
  },
  settled: ({ stack }) => assertRowsWhole(stack),
})

export const suite: Suite = {
  name: 'temporal',
  // A namespace that no server has by itself: the product must make it, also again.
  stack: { env: { OCR_LANGS: 'eng', TEMPORAL_NAMESPACE: 'faults', RECONCILE_EVERY: '2', RECONCILE_AFTER: '5' } },
  faults: [killed, stateLost, away],
}
