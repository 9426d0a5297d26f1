import { createTestOrg } from '@intellidocs/testing'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { complete, fail, releaseExpired } from './relay-store.ts'
import { createMetrics, createRelay, subscriber, systemClock } from './index.ts'
import { log, openRelays, TYPE, type RelayHouse } from './relay.testkit.ts'

let house: RelayHouse
beforeAll(async () => { house = await openRelays() })
afterEach(() => house.clear())
afterAll(() => house.close())

test('each event reaches each of its subscribers, and nothing is left behind', async () => {
  const seen: Record<string, string[]> = { 'test.a': [], 'test.b': [] }
  const listens = Object.keys(seen).map((name) => subscriber({
    name, events: [TYPE],
    handle: async (event) => {
      expect(event).toMatchObject({ orgId: house.org.org.id, actorId: house.org.owner.userId, type: TYPE })
      seen[name]?.push(event.payload.folderId)
    },
  }))
  house.start(listens)
  const ids = await house.append(60, 'test.a', 'test.b')
  await house.empty()
  for (const name of Object.keys(seen)) expect(seen[name]?.toSorted()).toEqual(ids.toSorted())
})

test('what was committed before any relay ran is delivered', async () => {
  const ids = await house.append(3, 'test.early')
  const seen: string[] = []
  house.start([subscriber({ name: 'test.early', events: [TYPE], handle: async (event) => { seen.push(event.payload.folderId) } })])
  await house.empty()
  expect(seen.toSorted()).toEqual(ids.toSorted())
})

test('a subscriber that throws is tried again, keeps nobody else waiting, and is parked with the reason in the end', async () => {
  let tries = 0
  const other: string[] = []
  const metrics = createMetrics({ processMetrics: false })
  house.start([
    subscriber({ name: 'test.bad', events: [TYPE], handle: async () => { tries += 1; throw new Error(`no ${tries}`) } }),
    subscriber({ name: 'test.good', events: [TYPE], handle: async (event) => { other.push(event.payload.folderId) } }),
  ], { maxAttempts: 3, metrics })
  await house.append(1, 'test.bad', 'test.good')
  await vi.waitFor(async () => expect(await house.states()).toMatchObject([{ state: 'parked', attempts: 3, last_error: 'Error: no 3' }]),
    { timeout: 20_000 })
  expect(tries).toBe(3)
  expect(other).toHaveLength(1)
  await vi.waitFor(async () => expect((await metrics.read()).body).toContain('subscriber="test.bad",outcome="parked"} 1'), 20_000)
})

test('a subscriber that fails once succeeds at the second try', async () => {
  let tries = 0
  house.start([subscriber({ name: 'test.once', events: [TYPE], handle: async () => { tries += 1; if (tries === 1) throw new Error('not yet') } })])
  await house.append(1, 'test.once')
  await house.empty()
  expect(tries).toBe(2)
})

test('two relays share the work, and neither hands out what the other has', async () => {
  const held = new Map<string, number>()
  const count = new Map<string, number>()
  let together = 0
  const by: string[] = []
  const make = (relay: string) => subscriber({
    name: 'test.shared', events: [TYPE],
    handle: async ({ payload: { folderId } }) => {
      held.set(folderId, (held.get(folderId) ?? 0) + 1)
      together = Math.max(together, held.get(folderId) ?? 0)
      await house.unit.runAsSystem(async (tx) => tx.$queryRaw`select 1`)
      held.set(folderId, (held.get(folderId) ?? 0) - 1)
      count.set(folderId, (count.get(folderId) ?? 0) + 1)
      by.push(relay)
    },
  })
  const ids = await house.append(100, 'test.shared')
  house.start([make('one')], { concurrency: 5 })
  house.start([make('two')], { concurrency: 5 })
  await house.empty()
  expect(together).toBe(1)
  expect(count.size).toBe(ids.length)
  expect([...count.values()].every((times) => times === 1)).toBe(true)
  expect(new Set(by)).toEqual(new Set(['one', 'two']))
})

test('the lease of a delivery that takes long is kept, so that nobody else gets it', async () => {
  const gate = Promise.withResolvers<void>()
  let tries = 0
  const slow = subscriber({ name: 'test.slow', events: [TYPE], handle: async () => { tries += 1; await gate.promise } })
  house.start([slow], { leaseMs: 300 })
  house.start([slow], { leaseMs: 300 })
  await house.append(1, 'test.slow')
  const leasedUntil = () => house.unit.runAsSystem((tx) => tx.$queryRaw<{ next_at: Date }[]>`select next_at from delivery`)
  await vi.waitFor(async () => expect(await house.states()).toMatchObject([{ state: 'leased' }]), 20_000)
  const first = (await leasedUntil())[0]?.next_at.getTime() ?? 0
  await vi.waitFor(async () => expect((await leasedUntil())[0]?.next_at.getTime()).toBeGreaterThan(first + 600), { timeout: 20_000 })
  expect(tries).toBe(1)
  gate.resolve()
  await house.empty()
})

const claimOne = async (leaseMs: number) => (await house.claim({ subscribers: ['test.lease'], limit: 10, leaseMs, after: null })).deliveries

test('a lease that ran out comes back, and the late completion of the first relay changes nothing', async () => {
  await house.append(1, 'test.lease')
  const first = await claimOne(0)
  expect(first).toHaveLength(1)
  expect(await claimOne(30_000)).toEqual([])
  await vi.waitFor(async () => expect(await releaseExpired(house.db.database, 12, [])).toBe(1), 20_000)
  const second = await claimOne(30_000)
  expect(second).toMatchObject([{ id: first[0]?.id, attempts: 2 }])
  expect(await complete(house.db.database, first)).toBe(0)
  expect(await fail(house.db.database, first.map((d) => ({ ...d, error: 'late', park: true, delayMs: 0 })))).toBe(0)
  expect(await house.states()).toMatchObject([{ state: 'leased', attempts: 2, last_error: null }])
  expect(await complete(house.db.database, second)).toBe(1)
})

test('what is parked says since when, and is there to be seen at once', async () => {
  await house.append(1, 'test.lease')
  const claimed = await claimOne(30_000)
  await fail(house.db.database, claimed.map((d) => ({ ...d, error: 'the last', park: true, delayMs: 3_600_000 })))
  expect(await house.unit.runAsSystem((tx) => tx.$queryRaw`select state, next_at <= now() as past from delivery`)).toEqual([{ state: 'parked', past: true }])
})

test('a delivery whose relay died is delivered by another', async () => {
  await house.append(1, 'test.lease')
  await claimOne(0)
  const seen: string[] = []
  house.start([subscriber({ name: 'test.lease', events: [TYPE], handle: async (event) => { seen.push(event.payload.folderId) } })], { leaseMs: 200 })
  await house.empty()
  expect(seen).toHaveLength(1)
})

test('a delivery whose relay died at the last try is parked, as it may be what ends them', async () => {
  await house.append(1, 'test.lease')
  expect(await claimOne(1)).toHaveLength(1)
  const handle = vi.fn<() => Promise<void>>(async () => undefined)
  house.start([subscriber({ name: 'test.lease', events: [TYPE], handle })], { leaseMs: 200, maxAttempts: 1 })
  await vi.waitFor(async () => expect(await house.states()).toMatchObject([{ state: 'parked', last_error: 'the relay ended while handling it' }]), { timeout: 20_000 })
  expect(handle).not.toHaveBeenCalled()
})

test('deliveries of a subscriber that this process does not know wait for one that does', async () => {
  await house.append(1, 'test.unknown')
  const seen: string[] = []
  house.start([subscriber({ name: 'test.known', events: [TYPE], handle: async (event) => { seen.push(event.payload.folderId) } })])
  await house.append(1, 'test.known')
  await vi.waitFor(() => expect(seen).toHaveLength(1), 20_000)
  await vi.waitFor(async () => expect(await house.states()).toMatchObject([{ state: 'pending', attempts: 0 }]), 20_000)
})

test('stopping finishes and stores what was begun, and begins nothing more', async () => {
  const gate = Promise.withResolvers<void>()
  let begun = 0
  const stop = house.start([subscriber({ name: 'test.stop', events: [TYPE], handle: async () => { begun += 1; await gate.promise } })], { concurrency: 2 })
  await house.append(5, 'test.stop')
  await vi.waitFor(() => expect(begun).toBe(2), 20_000)
  const stopped = stop()
  gate.resolve()
  await stopped
  expect(begun).toBe(2)
  expect(await house.states()).toHaveLength(3)
})

test("one organization's many deliveries do not stand before another's one, and every organization has its turn", async () => {
  const others = await Promise.all(Array.from({ length: 4 }, () => createTestOrg(house.db.database)))
  await house.append(40, 'test.fair')
  for (const other of others) await house.appendOf(other, 1, 'test.fair')
  const turns: string[][] = []
  let after: string | null = null
  for (let look = 0; look < 4; look += 1) {
    const claimed = await house.claim({ subscribers: ['test.fair'], limit: 2, leaseMs: 30_000, after })
    after = claimed.after
    expect(claimed.more).toBe(true)
    turns.push(claimed.deliveries.map(({ event }) => event.orgId))
  }
  const seen = turns.flat()
  expect(new Set(turns.slice(0, 3).flat())).toEqual(new Set([house.org, ...others].map((one) => one.org.id)))
  expect(seen.filter((id) => id === house.org.org.id).length).toBeLessThanOrEqual(4)
})

test('an organization alone gets all the room, oldest first, and deliveries that are not due keep no turn', async () => {
  const waiting = await createTestOrg(house.db.database)
  await house.appendOf(waiting, 3, 'test.room')
  await house.unit.runAsSystem((tx) => tx.$executeRaw`update delivery set next_at = now() + interval '1 hour'`)
  await house.append(12, 'test.room')
  const claimed = await house.claim({ subscribers: ['test.room'], limit: 10, leaseMs: 30_000, after: null })
  const ids = (await house.states()).filter(({ state }) => state === 'leased').map(({ id }) => id)
  expect(claimed.deliveries.map(({ id }) => id)).toEqual(ids)
  expect([ids.length, claimed.deliveries.every(({ event }) => event.orgId === house.org.org.id)]).toEqual([10, true])
})

test('the lag tells how many wait, how long, and how many were given up', async () => {
  const relay = createRelay({ database: house.db.database, subscribers: [], log, clock: systemClock, signal: new AbortController().signal })
  expect(await relay.lag()).toEqual({ pending: 0, parked: 0, oldestSeconds: 0, undeliveredSeconds: 0 })
  await house.append(3, 'test.lag')
  await house.unit.runAsSystem((tx) => tx.$executeRaw`update delivery set next_at = now() - interval '90 s'`)
  await house.unit.runAsSystem((tx) => tx.$executeRaw`update delivery set state = 'parked' where id = (select max(id) from delivery)`)
  expect(await relay.lag()).toMatchObject({ pending: 2, parked: 1, oldestSeconds: expect.closeTo(90, -1), undeliveredSeconds: expect.closeTo(0, -1) })
})
