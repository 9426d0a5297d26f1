import type { DocumentId, LiveEvent, OrgId, UserId } from '@intellidocs/contracts'
import type { EventPosition, FeedEvent, FeedListener, LiveFeed, RunInTx, Tx } from '@intellidocs/kernel'
import { testActor } from '@intellidocs/testing'
import { afterEach, expect, test, vi } from 'vitest'
import type { HeardEvent } from './notifications.repository.ts'
import { createNotificationsService } from './notifications.service.ts'
import type { StreamLimits } from './stream-counts.ts'

const orgId = '0193f0c2-0000-7000-8000-0000000000aa' as OrgId
const actor = testActor(orgId, '0193f0c2-0000-7000-8000-000000000001' as UserId, 'editor')
const documentId = '0193f0c2-0000-7000-8000-0000000000d1' as DocumentId

const event = (n: number, over: Partial<FeedEvent> = {}): FeedEvent => ({
  position: { xid: BigInt(n), id: 1n }, orgId, type: 'documents.ready.v1', at: new Date(0), actorId: actor.userId, documentId,
  audience: null, readers: [`org:${orgId}`], payload: { n }, ...over,
})

afterEach(() => { vi.useRealTimers() })

/** A feed and a table that the test fills by hand. `onReplay` runs when a page is asked for. */
function world(given: { table?: FeedEvent[]; onReplay?: (after: EventPosition) => void; buffer?: number; position?: EventPosition; limits?: StreamLimits } = {}) {
  const { table = [], onReplay = () => undefined, buffer, position = null, limits } = given
  const listeners = new Set<FeedListener>()
  const liveFeed: LiveFeed = {
    start: async () => undefined, close: async () => undefined, position: () => position,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => { listeners.delete(listener) }
    },
  }
  const runInTx: RunInTx = (_actor, work) => work({} as Tx)
  const repository = {
    async replay(_tx: Tx, { after, limit }: { after: EventPosition; limit: number }): Promise<HeardEvent[]> {
      onReplay(after)
      return table.filter((e) => e.position.xid > after.xid).slice(0, limit)
    },
  }
  const service = createNotificationsService({ runInTx, liveFeed, clock: { now: () => new Date() }, repository,
    ...(buffer === undefined ? {} : { buffer }), ...(limits === undefined ? {} : { limits }) })
  const open = (over: Partial<Parameters<typeof service.stream>[1]> = {}) =>
    service.stream(actor, { lastEventId: null, documentId: null, stillValid: async () => actor.principals, signal: undefined, ...over })
  return { open, publish: (...events: FeedEvent[]) => { for (const e of events) for (const listener of listeners) listener(e) }, listeners }
}

type Stream = ReturnType<ReturnType<typeof world>['open']>

async function take(stream: Stream, count: number): Promise<unknown[]> {
  const seen: LiveEvent[] = []
  while (seen.length < count) {
    const next = await stream.next()
    if (next.done === true) break
    if (next.value[1] === null) throw new Error('no event')
    expect(next.value[0]).toBe(next.value[1].id)
    seen.push(next.value[1])
  }
  return seen.map((e) => e.payload['n'])
}

test('live events come as they happen, with an id to resume from', async () => {
  const { open, publish } = world()
  const stream = open()
  const first = stream.next()
  publish(event(7))
  const { value } = await first
  expect(value?.[1]).toEqual({ id: '7-1', type: 'documents.ready.v1', at: '1970-01-01T00:00:00.000Z', actorId: actor.userId, documentId,
    payload: { n: 7 } })
})

test('who listens from now on is told first where now is, so that a cut before the first event loses none', async () => {
  const { open, publish } = world({ position: { xid: 4n, id: 2n }, table: [event(5)] })
  const cut = open()
  expect((await cut.next()).value?.slice(0, 2)).toEqual(['4-2', null])
  await cut.return()
  const again = open({ lastEventId: '4-2' })
  const taken = take(again, 2)
  publish(event(6))
  expect(await taken).toEqual([5, 6])
})

test('a resume gives the table from the last id on and then the live events, each once, whatever happens in between', async () => {
  const all = Array.from({ length: 500 }, (_, at) => event(at + 1))
  let pages = 0
  const { open, publish } = world({
    table: all.slice(0, 450),
    // Events that are in the table and come live too, while the table is being read.
    onReplay: () => { pages += 1; if (pages === 1) publish(...all.slice(430, 500)) },
  })
  expect(await take(open({ lastEventId: '10-1' }), 490)).toEqual(Array.from({ length: 490 }, (_, at) => at + 11))
  expect(pages).toBe(3)
})

test('an event that is not the reader’s, or of another document than asked for, is not told', async () => {
  const { open, publish } = world()
  const stream = open({ documentId })
  const taken = take(stream, 1)
  publish(event(1, { readers: ['user:x'] }), event(2, { orgId: 'other' as OrgId }), event(3, { documentId: 'other' as DocumentId }), event(4))
  expect(await taken).toEqual([4])
})

test.each(['x', '1', '1-2-3', '9'.repeat(90)])('an id that no event ever had is refused: %s', async (lastEventId) => {
  const { open, listeners } = world()
  await expect(open({ lastEventId }).next()).rejects.toMatchObject({ code: 'input.cursor' })
  expect(listeners.size).toBe(0)
})

test('a reader too slow to keep up is cut off, and can resume', async () => {
  const { open, publish, listeners } = world({ buffer: 3 })
  const stream = open()
  const first = take(stream, 1)
  publish(event(1))
  expect(await first).toEqual([1])
  publish(event(2), event(3), event(4), event(5), event(6))
  await expect(stream.next()).rejects.toMatchObject({ code: 'service.unavailable' })
  expect(listeners.size).toBe(0)
})

test('the end of the connection ends the stream and leaves nothing behind', async () => {
  vi.useFakeTimers()
  const { open, listeners } = world()
  const controller = new AbortController()
  const next = open({ signal: controller.signal }).next()
  await vi.advanceTimersByTimeAsync(10)
  expect(listeners.size).toBe(1)
  controller.abort()
  expect(await next).toEqual({ done: true, value: undefined })
  expect(listeners.size).toBe(0)
  expect(vi.getTimerCount()).toBe(0)
  expect(await open({ signal: controller.signal }).next()).toEqual({ done: true, value: undefined })
  expect(vi.getTimerCount()).toBe(0)
})

test('a stream that nobody ever reads is given back too, and its place is free for another', async () => {
  const { open, listeners } = world({ limits: { perConnection: 1, perAccount: 1 } })
  const controller = new AbortController()
  for (const leave of [(stream: Stream) => stream.return(), async () => controller.abort()]) {
    const stream = open({ signal: controller.signal })
    expect(() => open()).toThrow(expect.objectContaining({ code: 'stream.limit' }))
    await leave(stream)
    expect(listeners.size).toBe(0)
  }
  const next = open()
  await next.return()
})

test('a stream that failed is over and leaves its place to another', async () => {
  const { open } = world({ limits: { perConnection: 1, perAccount: 1 } })
  const failed = open({ lastEventId: 'x' })
  await expect(failed.next()).rejects.toMatchObject({ code: 'input.cursor' })
  expect(await failed.next()).toEqual({ done: true, value: undefined })
  await open().return()
})

test('a reader who leaves between two events leaves nothing behind', async () => {
  vi.useFakeTimers()
  const { open, publish, listeners } = world()
  const stream = open()
  const first = stream.next()
  publish(event(1))
  await first
  await stream.return()
  expect(listeners.size).toBe(0)
  expect(vi.getTimerCount()).toBe(0)
})

test('revoked access ends a silent stream within two seconds', async () => {
  vi.useFakeTimers()
  let valid = true
  const { open, listeners } = world()
  const ended = open({ stillValid: async () => (valid ? actor.principals : null) }).next().catch((error: unknown) => error)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(listeners.size).toBe(1)
  valid = false
  await vi.advanceTimersByTimeAsync(2_000)
  expect(await ended).toMatchObject({ code: 'auth.required' })
  expect(listeners.size).toBe(0)
})

test('streams that share one answer end with it, and others go on', async () => {
  vi.useFakeTimers()
  let valid = true
  let asked = 0
  const { open, listeners } = world()
  // One question in a turn, as the questions of one session or key.
  let answer: Promise<readonly string[] | null> | null = null
  const stillValid = (): Promise<readonly string[] | null> => {
    if (answer === null) {
      asked += 1
      answer = Promise.resolve(valid ? actor.principals : null).finally(() => { answer = null })
    }
    return answer
  }
  const ended = Promise.all([1, 2, 3].map(() => open({ stillValid }).next().catch((error: unknown) => error)))
  const other = open().next()
  await vi.advanceTimersByTimeAsync(2_500)
  expect(asked).toBe(2)
  valid = false
  await vi.advanceTimersByTimeAsync(2_000)
  expect(await ended).toEqual(Array.from({ length: 3 }, () => expect.objectContaining({ code: 'auth.required' })))
  expect(listeners.size).toBe(1)
  expect(await Promise.race([other, Promise.resolve('goes on')])).toBe('goes on')
})

test('no event passes on knowledge older than a second, even when the timer is late', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  let valid = true
  const { open, publish } = world()
  const stream = open({ stillValid: async () => (valid ? actor.principals : null) })
  const first = take(stream, 1)
  publish(event(1))
  expect(await first).toEqual([1])
  valid = false
  vi.setSystemTime(Date.now() + 1_001)
  publish(event(2))
  await expect(stream.next()).rejects.toMatchObject({ code: 'auth.required' })
})

test('not being able to ask is not permission', async () => {
  vi.useFakeTimers()
  const { open } = world()
  const ended = open({ stillValid: () => Promise.reject(new Error('database away')) }).next().catch((error: unknown) => error)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(await ended).toMatchObject({ code: 'service.unavailable' })
})

test('revoked access ends a stream in the middle of a long replay', async () => {
  let valid = true
  vi.useFakeTimers({ toFake: ['Date'] })
  const { open } = world({ table: Array.from({ length: 400 }, (_, at) => event(at + 1)) })
  const stream = open({ lastEventId: '0-0', stillValid: async () => (valid ? actor.principals : null) })
  expect(await take(stream, 5)).toEqual([1, 2, 3, 4, 5])
  valid = false
  vi.setSystemTime(Date.now() + 1_001)
  await expect(stream.next()).rejects.toMatchObject({ code: 'auth.required' })
})

test('a stream goes on, and is silent about what was taken from its reader, within a second of knowing', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  let carried: readonly string[] = actor.principals
  const { open, publish } = world()
  const stream = open({ stillValid: async () => carried })
  const first = take(stream, 1)
  publish(event(1))
  expect(await first).toEqual([1])
  carried = []
  vi.setSystemTime(Date.now() + 1_001)
  const next = take(stream, 1)
  publish(event(2), event(3, { type: 'orgs.created.v1', documentId: null }))
  expect(await next).toEqual([3])
  const later = take(stream, 1)
  publish(event(4))
  carried = actor.principals
  await stream.return()
  expect(await later).toEqual([])
})

test('what was taken from a reader while it waited for them is not given out, and what is theirs comes once', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  let carried: readonly string[] = [...actor.principals, 'group:g']
  const { open, publish } = world()
  const stream = open({ stillValid: async () => carried })
  const first = take(stream, 1)
  publish(event(1))
  expect(await first).toEqual([1])
  // Comes to know of the group.
  vi.setSystemTime(Date.now() + 1_001)
  const second = take(stream, 1)
  publish(event(2))
  expect(await second).toEqual([2])
  publish(event(3), event(4, { audience: ['group:g'] }), event(5, { audience: ['group:g'] }), event(6))
  carried = actor.principals
  vi.setSystemTime(Date.now() + 1_001)
  expect(await take(stream, 2)).toEqual([3, 6])
})

test('what a replay found for other principals is asked for again', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const asked: bigint[] = []
  let carried: readonly string[] = actor.principals
  const { open } = world({ table: Array.from({ length: 5 }, (_, at) => event(at + 1)), onReplay: (after) => { asked.push(after.xid) } })
  const stream = open({ lastEventId: '0-0', stillValid: async () => carried })
  expect(await take(stream, 2)).toEqual([1, 2])
  carried = [...actor.principals, 'group:of late']
  vi.setSystemTime(Date.now() + 1_001)
  expect(await take(stream, 3)).toEqual([3, 4, 5])
  expect(asked).toEqual([0n, 2n])
})
