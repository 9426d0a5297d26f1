import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { until, type Random } from '@intellidocs/testing'
import type { Kind } from './harness/contents.ts'
import { fault, type Suite } from './harness/fault.ts'
import type { LedgerClient } from './harness/ledger-client.ts'
import type { Stack } from './harness/stack.ts'
import { allGone, childrenOf, killWithChildren, watchChildren } from './worker-children.ts'
import { assertRowsWhole, rowsOf, stateOf } from './worker-rows.ts'

/** What makes the reading come past each write. */
const writes = {
  begin: 'text', facts: 'text', pages: 'text', attachment: 'mail', ocr_page: 'scan', passages: 'text', publish: 'pdf', settle: 'opaque',
} as const satisfies Record<string, Kind>
const points = Object.entries(writes).flatMap(([write, kind]) => [`before_${write}`, `after_${write}`].map((point) => ({ point, kind })))
/** Within `npm test`; a page of pixels is met there by the next fault. */
const few = new Set(['after_pages', 'before_publish'])

/** Leaves the first worker alone. */
async function alone({ workers, worker }: Stack): Promise<void> {
  for (const other of workers.slice(1)) await other.kill()
  if (!worker.running()) await worker.start()
}

const killedAtWrites = fault({
  name: 'worker killed at each write',
  what: 'kill -9 of the only worker before and after each write of an activity (begin, facts, pages, attachment, ocr_page, passages, publish, settle)',
  async arrange({ stack }) {
    await alone(stack)
    await stack.worker.kill()
  },
  async act({ stack, client, hurry, drain }) {
    for (const { point, kind } of points.filter((one) => !hurry || few.has(one.point))) {
      await stack.worker.start({ FAILPOINT: `${point}:exit` })
      const watch = watchChildren(stack.worker)
      await client.upload({ kind })
      await until(`the worker ended at ${point}`, () => !stack.worker.running())
      assert.equal(await stack.worker.gone(), 'SIGKILL')
      await allGone(watch.stop())
      await stack.worker.start()
      // A run has eight tries: what comes to be killed every few seconds for ever is given up, as it should be.
      await drain()
      await stack.worker.kill()
    }
    await stack.worker.start()
  },
  settled: ({ stack }) => assertRowsWhole(stack),
})

/** 200 over twenty rounds. */
const perRound = 10
const perHurriedRound = 4
const mixed: readonly [Kind, ...Kind[]] = ['text', 'text', 'text', 'pdf', 'mail', 'scan']

const inTesseract = (stack: Stack): boolean => childrenOf(stack.worker).some(({ program }) => program === 'tesseract')

type Moment = { readonly random: Random; readonly midPage: boolean; readonly documents: number }

/** More documents, and a kill: at a random moment, or in the middle of a page of pixels. */
async function killAtMoment(stack: Stack, client: LedgerClient, { random, midPage, documents }: Moment): Promise<void> {
  for (let n = 0; n < documents; n += 1) await client.upload({ kind: midPage && n === 0 ? 'scan' : random.pick(mixed) })
  if (midPage) await until('a page is being recognized', () => inTesseract(stack), { withinMs: 120_000 })
  else await delay(random.int(0, 3_000))
  await killWithChildren(stack.worker)
  await stack.worker.start()
}

const killedAtMoments = fault({
  name: 'worker killed at random moments',
  what: 'kill -9 of the only worker 20 times over 200 documents, at moments from the seed, every second time in the middle of a page under OCR',
  arrange: ({ stack }) => alone(stack),
  act: ({ stack, client, random, round, hurry }) => killAtMoment(stack, client, {
    random, midPage: hurry || round % 2 === 0, documents: hurry ? perHurriedRound : perRound,
  }),
  settled: ({ stack }) => assertRowsWhole(stack),
  drainMs: 600_000,
})

const refusals = (stack: Stack): number => stack.worker.log().split('a late write was refused').length

const stoppedPastHeartbeat = fault({
  name: 'worker stopped past its heartbeat',
  what: 'SIGSTOP of a worker in the middle of a page until another one has done its work (or, every second time, the next attempt of it), then SIGCONT',
  arrange: ({ stack }) => alone(stack),
  async act({ stack, client, round }) {
    const { outcome } = await client.upload({ kind: 'scan' })
    assert.ok(outcome.kind === 'acked')
    await until('a page is being recognized', () => inTesseract(stack), { withinMs: 120_000 })
    stack.worker.pause()
    const [, second] = stack.workers
    await second?.start()
    const attempt = round % 2 === 0 ? 1 : 2
    if (attempt === 2) await client.change('reprocess', outcome.documentId)
    await until('the other worker has done it', async () => {
      const now = await stateOf(stack, outcome.versionId)
      return now?.state === 'ready' && now.attempt === attempt
    }, { withinMs: 120_000 })
    const [rows, refused] = [await rowsOf(stack, outcome.versionId), refusals(stack)]
    stack.worker.resume()
    if (attempt === 1) await until('its late write was refused', () => refusals(stack) > refused)
    await second?.stop()
    const later = await client.upload({ kind: 'text' })
    assert.ok(later.outcome.kind === 'acked')
    const { versionId } = later.outcome
    await until('the one that was stopped serves again', async () => (await stateOf(stack, versionId))?.state === 'ready', { withinMs: 120_000 })
    assert.deepEqual(await rowsOf(stack, outcome.versionId), rows, 'the late worker wrote nothing')
  },
  settled: ({ stack }) => assertRowsWhole(stack),
})

export const suite: Suite = {
  name: 'worker',
  // Refused writes are told at this level, and the fault wants to hear of them.
  stack: { workers: 2, env: { OCR_LANGS: 'eng', LOG_LEVEL: 'info' } },
  faults: [killedAtWrites, killedAtMoments, stoppedPastHeartbeat],
}
