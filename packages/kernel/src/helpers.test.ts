import { describe, expect, test } from 'vitest'
import { createBatcher } from './batcher.ts'
import { listenForCommits } from './commit-listener.ts'
import { formatPosition, isAfter, parsePosition } from './event-position.ts'
import { newId } from './ids.ts'
import { createLog } from './log.ts'
import { createMetrics } from './metrics.ts'
import { createShutdown } from './shutdown.ts'
import { createWake } from './wake.ts'
import { hashRequest } from './idempotency.ts'

const log = createLog({ level: 'silent', name: 'test' })

describe('event positions', () => {
  test('order by transaction, then by id', () => {
    expect(isAfter({ xid: 2n, id: 1n }, { xid: 1n, id: 9n })).toBe(true)
    expect(isAfter({ xid: 1n, id: 9n }, { xid: 2n, id: 1n })).toBe(false)
    expect(isAfter({ xid: 1n, id: 2n }, { xid: 1n, id: 1n })).toBe(true)
    expect(isAfter({ xid: 1n, id: 1n }, { xid: 1n, id: 1n })).toBe(false)
  })
  test('come back from their text, past 2^53 too', () => {
    const ends = [{ xid: 0n, id: 0n }, { xid: 2n ** 64n - 1n, id: 2n ** 63n - 1n }]
    for (const position of ends) expect(parsePosition(formatPosition(position))).toEqual(position)
  })
  test.each(['', '1', '1-', '-1-2', '1-2-3', '1.5-2', 'a-b', '18446744073709551616-1', '1-9223372036854775808', ' 1-2', '1-2\n'])(
    '%j is none',
    (text) => expect(parsePosition(text)).toBeNull(),
  )
})

describe('a batch', () => {
  test('gathers what comes while the one before is written, and each item waits for its own', async () => {
    const gate = Promise.withResolvers<void>()
    const written: number[][] = []
    const batcher = createBatcher<number>(async (batch) => { written.push(batch); await gate.promise })
    const first = batcher.add(1)
    await Promise.resolve()
    await Promise.resolve()
    const others = [batcher.add(2), batcher.add(3)]
    gate.resolve()
    await Promise.all([first, ...others])
    expect(written).toEqual([[1], [2, 3]])
  })
  test('that fails is told to its own items only', async () => {
    let failing = true
    const batcher = createBatcher<number>(async () => { if (failing) throw new Error('down') })
    await expect(batcher.add(1)).rejects.toThrow('down')
    failing = false
    await batcher.add(2)
  })
})

test('a wake before the sleep is not lost, and a sleep after it sleeps', async () => {
  const { wake, sleep } = createWake()
  wake()
  await sleep(60_000)
  const sleeping = sleep(60_000)
  wake()
  await sleeping
})

test('listening that fails is tried again, tells to look once it works, and is closed in the end', async () => {
  let tries = 0
  let closed = 0
  const woken = Promise.withResolvers<void>()
  const database = {
    listen: async () => {
      tries += 1
      if (tries < 3) throw new Error('away')
      return { close: async () => { closed += 1 } }
    },
  }
  const listener = listenForCommits({ database, log, wake: woken.resolve, againMs: 1 })
  await woken.promise
  await listener.close()
  expect([tries, closed]).toEqual([3, 1])
})

test('ids are in the order of their making', () => {
  const ids = Array.from({ length: 1_000 }, () => newId())
  expect(ids.toSorted()).toEqual(ids)
  expect(new Set(ids).size).toBe(1_000)
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
})

test('a request has one hash whatever the order of its keys, and another for other content', () => {
  expect(hashRequest({ a: 1, b: { c: [1, 2], d: null } })).toBe(hashRequest({ b: { d: null, c: [1, 2] }, a: 1 }))
  expect(hashRequest({ a: [1, 2] })).not.toBe(hashRequest({ a: [2, 1] }))
  expect(hashRequest({ a: 1 })).not.toBe(hashRequest({ a: '1' }))
})

test('asking twice for a metric gives the same one, and another kind under its name is refused', async () => {
  const metrics = createMetrics({ processMetrics: false })
  metrics.counter({ name: 'intellidocs_x_total', help: 'x', labels: ['a'] }).inc({ a: '1' })
  metrics.counter({ name: 'intellidocs_x_total', help: 'x', labels: ['a'] }).inc({ a: '1' })
  expect((await metrics.read()).body).toContain('intellidocs_x_total{a="1"} 2')
  expect(() => metrics.gauge({ name: 'intellidocs_x_total', help: 'x' })).toThrow('another kind')
})

describe('shutting down', () => {
  function started(timeoutMs?: number) {
    const listeners: (() => void)[] = []
    const exited = Promise.withResolvers<number>()
    const shutdown = createShutdown({ log, exit: exited.resolve, on: { on: (_event, listener) => listeners.push(listener) },
      ...(timeoutMs === undefined ? {} : { timeoutMs }) })
    return { shutdown, exited: exited.promise, kill: () => listeners[0]?.() }
  }
  test('closes what was opened last first, after telling loops to stop, and exits 0', async () => {
    const { shutdown, exited, kill } = started()
    const closed: string[] = []
    shutdown.add('database', () => { closed.push(`database ${shutdown.signal.aborted}`) })
    shutdown.add('http', async () => { closed.push('http') })
    kill()
    kill()
    expect(await exited).toBe(0)
    expect(closed).toEqual(['http', 'database true'])
  })
  test('a part that does not close keeps no other open, and the exit says so', async () => {
    const { shutdown, exited, kill } = started()
    let closed = false
    shutdown.add('database', () => { closed = true })
    shutdown.add('http', () => { throw new Error('stuck') })
    kill()
    expect(await exited).toBe(1)
    expect(closed).toBe(true)
  })
  test('a part that never closes does not keep the process', async () => {
    const { shutdown, exited } = started(5)
    shutdown.add('http', () => new Promise(() => undefined))
    expect(await shutdown.stop('test')).toBe(false)
    expect(await exited).toBe(1)
  })
})
