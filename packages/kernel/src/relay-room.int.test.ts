import type { FolderId } from '@intellidocs/contracts'
import { createTestOrg, testDatabase, type TestDatabase, type TestOrg } from '@intellidocs/testing'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { claim, releaseExpired } from './relay-store.ts'
import {
  createCommitNotifier, createLog, createOutbox, createRelay, createRoom, createUnitOfWork, newId, subscriber, systemClock, within,
  type RelayOptions, type Subscriber, type UnitOfWork,
} from './index.ts'

const TYPE = 'documents.folder-created.v1'
const log = createLog({ level: 'silent', name: 'test' })
let db: TestDatabase
let org: TestOrg
let unit: UnitOfWork
beforeAll(async () => {
  db = await testDatabase({ maxConnections: 20 })
  org = await createTestOrg(db.database)
  unit = createUnitOfWork({ database: db.database, clock: systemClock, onCommit: createCommitNotifier({ database: db.database, log }) })
})
afterAll(() => db.close())

let stops: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()))
  stops = []
  await unit.runAsSystem((tx) => tx.$executeRaw`delete from delivery`)
})

/** A relay that runs until the test's end; answers how to end it sooner. */
function start(subscribers: Subscriber[], over: Partial<RelayOptions> = {}) {
  const controller = new AbortController()
  const running = createRelay({ database: db.database, subscribers, log, clock: systemClock, signal: controller.signal, retryDelay: () => 0,
    pollMs: 50, ...over }).run()
  const stop = async () => {
    controller.abort()
    await running
  }
  stops.push(stop)
  return stop
}

async function append(count: number, ...names: string[]): Promise<string[]> {
  const { owner } = org
  const outbox = createOutbox()
  outbox.register(names.map((name) => subscriber({ name, events: [TYPE], handle: async () => undefined })))
  const ids = Array.from({ length: count }, () => newId() as FolderId)
  await Promise.all(ids.map((folderId) =>
    unit.runInTx(owner, (tx) => outbox.append(tx, owner, { type: TYPE, payload: { folderId }, audit: false }))))
  return ids
}

type State = { id: bigint; state: string; attempts: number; last_error: string | null }
const states = () => unit.runAsSystem((tx) => tx.$queryRaw<State[]>`select id, state, attempts, last_error from delivery order by id`)
const empty = () => vi.waitFor(async () => expect(await states()).toEqual([]), { timeout: 30_000, interval: 20 })

const claimOne = (leaseMs: number) => unit.runAsSystem((tx) => claim(tx, { subscribers: ['test.lease'], limit: 10, leaseMs, after: null }))

test('a subscriber that asks for more tries has them, and after the ordinary last one a relay that dies with it is not followed by the next one at once', async () => {
  let tries = 0
  start([subscriber({
    name: 'test.patient', events: [TYPE], maxAttempts: 5,
    handle: async () => {
      tries += 1
      if (tries < 5) throw new Error('away')
    },
  })], { maxAttempts: 2 })
  await append(1, 'test.patient')
  await empty()
  expect(tries).toBe(5)

  await append(1, 'test.lease')
  const patient = [{ name: 'test.lease', maxAttempts: 4 }]
  const next = () => unit.runAsSystem((tx) => tx.$queryRaw<{ state: string; soon: boolean }[]>`select state, next_at < now() + interval '30 minutes' as soon from delivery`)
  const died = async (): Promise<unknown> => {
    await unit.runAsSystem((tx) => tx.$executeRaw`update delivery set next_at = now() - interval '1 s'`)
    await claimOne(-1_000)
    await unit.runAsSystem((tx) => releaseExpired(tx, 2, patient))
    return (await next())[0]
  }
  expect([await died(), await died(), await died(), await died()]).toEqual([
    { state: 'pending', soon: true }, { state: 'pending', soon: false }, { state: 'pending', soon: false }, { state: 'parked', soon: false },
  ])
})

test('what a subscriber has no room for waits in the outbox, and keeps no other subscriber waiting', async () => {
  let most = 2
  const begun: string[] = []
  const other: string[] = []
  const narrow = subscriber({
    name: 'test.narrow', events: [TYPE], room: () => Promise.resolve(most - begun.length),
    handle: async (event) => { begun.push(event.payload.folderId) },
  })
  const wide = subscriber({ name: 'test.wide', events: [TYPE], handle: async (event) => { other.push(event.payload.folderId) } })
  await append(12, 'test.narrow', 'test.wide')
  start([narrow, wide])
  await vi.waitFor(() => expect(other).toHaveLength(12), { timeout: 30_000, interval: 20 })
  await vi.waitFor(async () => expect(await states()).toHaveLength(10), { timeout: 30_000, interval: 20 })
  expect(begun).toHaveLength(2)
  expect((await states()).map(({ attempts }) => attempts)).toEqual(Array(10).fill(0))
  most = 12
  await empty()
  expect(begun).toHaveLength(12)
})

test('subscribers that share a room take its places together, and the others go on', async () => {
  const shared = createRoom(2)
  const gate = Promise.withResolvers<void>()
  const begun: string[] = []
  const other: string[] = []
  const waits = (name: string) => within([shared], subscriber({ name, events: [TYPE], handle: async () => { begun.push(name); await gate.promise } }))
  const wide = subscriber({ name: 'test.wide', events: [TYPE], handle: async (event) => { other.push(event.payload.folderId) } })
  await append(5, 'test.one', 'test.two', 'test.wide')
  start([waits('test.one'), waits('test.two'), wide], { concurrency: 4 })
  await vi.waitFor(() => expect(other).toHaveLength(5), { timeout: 30_000, interval: 20 })
  await vi.waitFor(async () => expect(await states()).toHaveLength(10), { timeout: 30_000, interval: 20 })
  expect([begun.length, shared.left()]).toEqual([2, 0])
  gate.resolve()
  await empty()
  expect([begun.length, shared.left()]).toEqual([10, 2])
})
