import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { until } from '@intellidocs/testing'
import { houseOf, noteMails, readDocument } from './flow-house.ts'
import { carryPlain, carryTimed, marks, type Mark } from './flow-runs.ts'
import { fault, type FaultContext, type Suite } from './harness/fault.ts'
import { endLeases } from './harness/leases.ts'
import type { ManagedProcess } from './harness/managed-process.ts'
import type { Stack } from './harness/stack.ts'

/** What runs brought in is sent and certified at the end. */
const DRAIN_MS = 900_000

async function assertAllOver({ stack, client }: Omit<FaultContext, 'round'>): Promise<void> {
  await noteMails({ stack, client })
  assert.deepEqual(await stack.sql('select id, state from flow_run where ended_at is null'), [], 'every run is over')
}

/** Of the worker's writes in the order in which a run comes past them: the stage opens, somebody else is asked, people are reminded, it closes. */
const advances = [1, 2, 3, 4].flatMap((at) => [`before_advance:exit@${at}`, `after_advance:exit@${at}`])
const points = [
  'after_claim:exit', 'after_effect_before_mark:exit', 'after_mark:exit', ...advances,
  // The Update is accepted and not written; written and not answered.
  'before_decision:exit', 'after_decision:exit', 'before_effect:exit', 'after_effect:exit', 'before_effect:exit@2', 'after_effect:exit@2',
]
/** Within `npm test`; `apps/worker/src/approval-kills.int.test.ts` has more of them there, without the rest of the product. */
const few = ['before_decision:exit']

async function dieAt(context: FaultContext, point: string): Promise<void> {
  const { stack, client, random, hurry, drain } = context
  const house = await houseOf(context)
  const documentId = await readDocument(client)
  // So that what is claimed next is of the run.
  await drain()
  await stack.worker.kill()
  stack.worker.launch({ FAILPOINT: point })
  const killed = (async () => {
    assert.equal(await stack.worker.gone(120_000), 'SIGKILL', point)
    if (hurry) await endLeases(stack)
    await stack.worker.start()
  })()
  await Promise.all([killed, carryTimed({ stack, client, random, house, documentId }, () => Promise.resolve())])
}

const workerKilled = fault({
  name: 'flow runs killed at each write',
  what: 'kill -9 of the worker at a start, as a stage opens, before and after a decision, a reminder, an escalation, an effect and the end are written; one point a round',
  drainMs: DRAIN_MS,
  arrange: async () => undefined,
  async act(context) {
    if (!context.hurry) return dieAt(context, points[context.round % points.length] ?? '')
    for (const point of few) await dieAt(context, point)
  },
  settled: assertAllOver,
})

/** A server dies when a run has come to a mark, and comes back; the product is left to itself. */
const serverKilled = (name: 'Temporal' | 'the database', serverOf: (stack: Stack) => ManagedProcess) => fault({
  name: `flow runs while ${name} is killed`,
  what: `kill -9 of ${name} when a run was started, asks, asks others too, has reminded, is being decided, was decided; one of these a round`,
  drainMs: DRAIN_MS,
  async arrange(context) {
    return { house: await houseOf(context), documentId: await readDocument(context.client) }
  },
  async act({ stack, client, random, round }, { house, documentId }) {
    const chosen: Mark = marks[round % marks.length] ?? 'deciding'
    await carryTimed({ stack, client, random, house, documentId }, async (mark) => {
      if (mark !== chosen) return
      // Decisions take some tens of milliseconds: somewhere within them.
      if (mark === 'deciding') await delay(random.int(0, 80))
      await killAndStart(serverOf(stack), random.int(0, 1_500))
    })
  },
  settled: assertAllOver,
})

async function killAndStart(server: ManagedProcess, awayMs: number): Promise<void> {
  await server.kill()
  await delay(awayMs)
  await server.start()
}

/** Of one round. */
type Load = { readonly runs: number; readonly kills: number; readonly lanes: number }

/** Ten kills over twenty rounds of fifty runs. */
const often = (round: number): Load => ({ runs: 50, kills: round % 2, lanes: 20 })
const once: Load = { runs: 20, kills: 3, lanes: 10 }

/** So many runs, and the kills at even distances between them; `first` is the number of the first kill over all rounds, by which the victims take turns. */
async function loadAndKill(context: FaultContext, { runs, kills, lanes, first }: Load & { readonly first: number }): Promise<void> {
  const { stack, client, random, hurry } = context
  const house = await houseOf(context)
  let [left, over, broken] = [runs, 0, false]
  const lane = async (): Promise<void> => {
    while (left > 0 && !broken) {
      left -= 1
      await carryPlain({ stack, client, random, house, documentId: await readDocument(client) })
      over += 1
    }
  }
  const killer = async (): Promise<void> => {
    for (let n = 0; n < kills; n += 1) {
      const goal = Math.floor((runs * (n + 1)) / (kills + 1))
      await until('runs come to their end', () => broken || over >= goal, { withinMs: DRAIN_MS, seen: () => `${over} of ${runs}` })
      await delay(random.int(0, 400))
      const victims = [stack.worker, stack.temporal.process, stack.postgres] as const
      const victim = victims[(first + n) % victims.length] ?? stack.worker
      await killAndStart(victim, random.int(0, 1_500))
      if (hurry && victim === stack.worker) await endLeases(stack)
    }
  }
  const works = [killer(), ...Array.from({ length: lanes }, lane)].map((work) => work.catch((error: unknown) => {
    broken = true
    throw error
  }))
  // All of them whatever became of one: nothing may go on behind the comparison.
  for (const one of await Promise.allSettled(works)) if (one.status === 'rejected') throw one.reason
}

const thousand = fault({
  name: 'a thousand flow runs',
  what: '1,000 runs over twenty rounds, 20 at a time, two or three callers for each task, and in every second round a kill of the worker, of Temporal or of the database in turn',
  drainMs: DRAIN_MS,
  arrange: houseOf,
  act: (context) => loadAndKill(context, { ...(context.hurry ? once : often(context.round)), first: Math.floor(context.round / 2) }),
  settled: assertAllOver,
})

export const suite: Suite = {
  name: 'flows',
  stack: { env: { OCR_LANGS: 'eng', RECONCILE_EVERY: '2', RECONCILE_AFTER: '5', WEBHOOK_ALLOW: '127.0.0.0/8' } },
  faults: [
    workerKilled, serverKilled('Temporal', ({ temporal }) => temporal.process), serverKilled('the database', ({ postgres }) => postgres), thousand,
  ],
}
