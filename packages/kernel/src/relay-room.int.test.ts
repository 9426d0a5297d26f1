import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { releaseExpired } from './relay-store.ts'
import { createRoom, subscriber, within } from './index.ts'
import { openRelays, TYPE, type RelayHouse } from './relay.testkit.ts'

let house: RelayHouse
beforeAll(async () => { house = await openRelays() })
afterEach(() => house.clear())
afterAll(() => house.close())

const claimOne = (leaseMs: number) => house.claim({ subscribers: ['test.lease'], limit: 10, leaseMs, after: null })

test('a subscriber that asks for more tries has them, and after the ordinary last one a relay that dies with it is not followed by the next one at once', async () => {
  let tries = 0
  house.start([subscriber({
    name: 'test.patient', events: [TYPE], maxAttempts: 5,
    handle: async () => {
      tries += 1
      if (tries < 5) throw new Error('away')
    },
  })], { maxAttempts: 2 })
  await house.append(1, 'test.patient')
  await house.empty()
  expect(tries).toBe(5)

  await house.append(1, 'test.lease')
  const patient = [{ name: 'test.lease', maxAttempts: 4 }]
  const next = () => house.unit.runAsSystem((tx) => tx.$queryRaw<{ state: string; soon: boolean }[]>`select state, next_at < now() + interval '30 minutes' as soon from delivery`)
  const died = async (): Promise<unknown> => {
    await house.unit.runAsSystem((tx) => tx.$executeRaw`update delivery set next_at = now() - interval '1 s'`)
    await claimOne(-1_000)
    await releaseExpired(house.db.database, 2, patient)
    return (await next())[0]
  }
  expect([await died(), await died(), await died(), await died()]).toEqual([
    { state: 'pending', soon: true }, { state: 'pending', soon: false }, { state: 'pending', soon: false }, { state: 'parked', soon: true },
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
  await house.append(12, 'test.narrow', 'test.wide')
  house.start([narrow, wide])
  await vi.waitFor(() => expect(other).toHaveLength(12), { timeout: 30_000, interval: 20 })
  await vi.waitFor(async () => expect(await house.states()).toHaveLength(10), { timeout: 30_000, interval: 20 })
  expect(begun).toHaveLength(2)
  expect((await house.states()).map(({ attempts }) => attempts)).toEqual(Array(10).fill(0))
  most = 12
  await house.empty()
  expect(begun).toHaveLength(12)
})

test('subscribers that share a room take its places together, and the others go on', async () => {
  const shared = createRoom(2)
  const gate = Promise.withResolvers<void>()
  const begun: string[] = []
  const other: string[] = []
  const waits = (name: string) => within([shared], subscriber({ name, events: [TYPE], handle: async () => { begun.push(name); await gate.promise } }))
  const wide = subscriber({ name: 'test.wide', events: [TYPE], handle: async (event) => { other.push(event.payload.folderId) } })
  await house.append(5, 'test.one', 'test.two', 'test.wide')
  house.start([waits('test.one'), waits('test.two'), wide], { concurrency: 4 })
  await vi.waitFor(() => expect(other).toHaveLength(5), { timeout: 30_000, interval: 20 })
  await vi.waitFor(async () => expect(await house.states()).toHaveLength(10), { timeout: 30_000, interval: 20 })
  expect([begun.length, shared.left()]).toEqual([2, 0])
  gate.resolve()
  await house.empty()
  expect([begun.length, shared.left()]).toEqual([10, 2])
})
