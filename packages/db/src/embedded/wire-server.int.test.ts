import { setImmediate as turn } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openPGlite } from './pglite.ts'
import { serveWire, type WireServer } from './wire-server.ts'

type PGlite = Awaited<ReturnType<typeof openPGlite>>
let db: PGlite
let server: WireServer
const urlOf = (password = 'secret'): string => `postgresql://postgres:${password}@127.0.0.1:${server.port}/postgres`

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: urlOf() })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

beforeAll(async () => {
  db = await openPGlite()
  server = await serveWire({ db, port: 0, password: 'secret', maxConnections: 40 })
  await db.exec(`create table account (id int primary key, balance int, pad text);
    insert into account select i, 100, '' from generate_series(1, 20) i`)
})
afterAll(async () => {
  await server.close()
  await db.close()
})

test('a wrong password and no password are refused', async () => {
  await expect(new pg.Client({ connectionString: urlOf('wrong') }).connect()).rejects.toThrow(/password/)
  await expect(new pg.Client({ connectionString: `postgresql://postgres@127.0.0.1:${server.port}/postgres` }).connect()).rejects.toThrow()
})

test('no client gets another client\'s rows, and no money is lost, with errors, rollbacks and large values among 20 clients', async () => {
  const pool = new pg.Pool({ connectionString: urlOf(), max: 20 })
  pool.on('error', () => undefined)
  const wrong: string[] = []
  let reads = 0

  async function transfer(round: number): Promise<void> {
    const client = await pool.connect()
    try {
      const [from, to] = [1 + (round * 7) % 20, 1 + (round * 13) % 20]
      await client.query('begin')
      const { rows } = await client.query('select id from account where id = $1', [from])
      if (rows.length !== 1 || rows[0].id !== from) wrong.push(`account ${from}: ${JSON.stringify(rows)}`)
      await client.query('update account set balance = balance - 5, pad = $2 where id = $1', [from, 'z'.repeat(round % 10 === 0 ? 200_000 : 10)])
      await client.query('update account set balance = balance + 5 where id = $1', [to])
      if (round % 5 === 0) await client.query('select 1/0').catch(() => undefined)
      await client.query(round % 5 < 2 ? 'rollback' : 'commit')
    } finally {
      client.release()
    }
  }
  async function read(round: number): Promise<void> {
    const pad = 'p'.repeat(round % 10 === 0 ? 150_000 : 5)
    if (round % 7 === 0) return void await pool.query('select $1::int / 0', [round]).catch(() => undefined)
    const sql = `select sum(balance)::int as sum, $1::int as mine, length($2) as pad, 1 as k${round} from account`
    const { rows } = await pool.query(sql, [round, pad])
    reads++
    const row = rows[0] as Record<string, unknown>
    if (row['sum'] !== 2000 || row['mine'] !== round || row['pad'] !== pad.length || row[`k${round}`] !== 1) wrong.push(`read ${round}`)
  }

  await Promise.all(Array.from({ length: 14 }, async (_, worker) => {
    for (let i = 0; i < 80; i++) await (worker < 6 ? transfer(worker * 80 + i) : read(worker * 80 + i))
  }))
  await pool.end()
  expect(wrong).toEqual([])
  expect(reads).toBeGreaterThan(500)
})

test('queries queued behind a failing one on one connection each get their own answer', async () => {
  const client = await connect()
  const answers = await Promise.allSettled([
    client.query('select nope($1::int)', [1]), client.query('select $1::int as v', [2]),
    client.query('select 1/0 where $1', [true]), client.query('select $1::int as v', [4]),
  ])
  expect(answers.map((answer) => (answer.status === 'fulfilled' ? (answer.value.rows as { v: number }[])[0]?.v : 'failed')))
    .toEqual(['failed', 2, 'failed', 4])
  await client.end()
})

test('a client that dies inside a transaction is rolled back and stops nobody', async () => {
  const dying = await connect()
  await dying.query('begin')
  await dying.query(`update account set pad = 'dying'`)
  const other = await connect()
  const waiting = other.query(`select count(*)::int as n from account where pad = 'dying'`)
  await turn()
  await dying.end()
  expect((await waiting).rows[0].n).toBe(0)
  await other.end()
})

test('another client\'s statements wait for an open transaction', async () => {
  const [first, second] = [await connect(), await connect()]
  const order: string[] = []
  await first.query('begin')
  const waiting = second.query('select 1').then(() => order.push('second'))
  await first.query('select 2').then(() => order.push('first'))
  await first.query('commit').then(() => order.push('commit'))
  await waiting
  expect(order.slice(0, 2)).toEqual(['first', 'commit'])
  await Promise.all([first.end(), second.end()])
})

test('a notification reaches the connections of other clients', async () => {
  const [listener, sender] = [await connect(), await connect()]
  const heard: string[] = []
  listener.on('notification', (message) => heard.push(`${message.channel}:${message.payload}`))
  await listener.query('listen outbox')
  await sender.query(`select pg_notify('outbox', 'x')`)
  await vi.waitFor(() => expect(heard).toEqual(['outbox:x']), 20_000)
  await Promise.all([listener.end(), sender.end()])
})

test('a named statement is refused with its reason and harms nobody', async () => {
  const client = await connect()
  await expect(client.query({ name: 'mine', text: 'select 1', values: [] })).rejects.toThrow(/named statements/)
  expect((await client.query('select $1::int as v', [7])).rows).toEqual([{ v: 7 }])
  await client.end()
})

test('connections over the limit are refused with Postgres\' own code, and closed ones make room', async () => {
  await vi.waitFor(() => expect(server.connections()).toBe(0), 20_000)
  const clients = await Promise.all(Array.from({ length: 40 }, connect))
  await expect(connect().then(() => 'connected')).rejects.toMatchObject({ code: '53300' })
  await Promise.all(clients.map((client) => client.end()))
  await vi.waitFor(async () => { await (await connect()).end() }, 20_000)
})
