import { testDatabase, type TestDatabase } from '@intellidocs/testing'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Statement } from '../types.ts'
import { implicit, implicitEach, isKnown, isoTime } from './implicit.ts'

/* What is relied on of pg's inner side. A new version of pg has to pass this before it is taken. */
let db: TestDatabase
let pool: pg.Pool
let named: boolean
beforeAll(async () => {
  db = await testDatabase()
  named = db.kind === 'native'
  pool = new pg.Pool({ connectionString: db.adminUrl, max: 1 })
  pool.on('error', () => undefined)
  await pool.query('create table if not exists note (n int primary key)')
})
beforeEach(async () => { await pool.query('delete from note') })
afterAll(async () => {
  await pool.end()
  await db.close()
})

const sql = (name: string, text: string, ...values: Statement['values']): Statement => ({ name, text, values })
async function send(...statements: Statement[]) {
  const client = await pool.connect()
  try {
    return await implicit(client, statements, { named })
  } finally {
    client.release()
  }
}
const kept = async (): Promise<number> => (await pool.query<{ n: number }>('select count(*)::int as n from note')).rows[0]?.n ?? -1
const add = (n: number): Statement => sql('add', 'insert into note values ($1)', n)

test('each statement answers its own rows, the second time as the first', async () => {
  const ask = () => send(sql('one', 'select $1::text as a', 'x'), sql('none', 'select 1 as b where false'), sql('two', 'select n, n * 2 as d from generate_series(1, 2) n'))
  const answer = [[{ a: 'x' }], [], [{ n: 1, d: 2 }, { n: 2, d: 4 }]]
  for (let round = 0; round < 3; round += 1) expect(await ask()).toEqual(answer)
})

test('values and columns keep what they mean', async () => {
  const words = ['plain', 'a,b', 'quo"te', 'back\\slash', '{}', '', 'NULL', 'naïve 漢']
  const [rows] = await send(sql('values', `select $1::int as i, $2::float8 as f, $3::boolean as b, $4::text as n, $5::text[] as words, $6::text as s,
    '2026-07-31 12:00:00.123456+00'::timestamptz as at, '1999-01-02 00:00:00+00'::timestamptz as whole`, 7, 1.5, true, null, words, 'it’s'))
  expect(rows).toEqual([{
    i: 7, f: 1.5, b: true, n: null, words, s: 'it’s', at: '2026-07-31T12:00:00.123Z', whole: '1999-01-02T00:00:00.000Z',
  }])
  expect(isoTime('2026-07-31 14:30:00.5+02:30')).toBe('2026-07-31T12:00:00.500Z')
  expect(() => isoTime('infinity')).toThrow(RangeError)
})

test('the statements are one transaction: when one fails, none is kept and none after it runs', async () => {
  await expect(send(add(1), sql('broken', 'select 1 / $1::int', 0), add(2))).rejects.toMatchObject({ code: '22012' })
  expect(await kept()).toBe(0)
  await expect(send(add(1), sql('nowhere', 'select nothing from nowhere'), add(2))).rejects.toMatchObject({ code: '42P01' })
  expect(await kept()).toBe(0)
  await send(add(1), add(2))
  expect(await kept()).toBe(2)
})

test('a name that was never parsed because of a failure before it can be used afterwards', async () => {
  for (let round = 0; round < 2; round += 1) {
    await expect(send(sql('broken', 'select 1 / $1::int', 0), sql('late', 'select 5 as late'))).rejects.toThrow()
    expect(await send(sql('late', 'select 5 as late'))).toEqual([[{ late: 5 }]])
  }
})

test('settings that are local to the transaction are gone with it', async () => {
  const set = sql('set', `select set_config('app.org_id', 'mine', true) as x`)
  const look = sql('look', `select coalesce(current_setting('app.org_id', true), '') as org`)
  expect((await send(set, look))[1]).toEqual([{ org: 'mine' }])
  expect(await send(look)).toEqual([[{ org: '' }]])
  await expect(send(set, sql('broken', 'select 1 / $1::int', 0))).rejects.toThrow()
  expect(await send(look)).toEqual([[{ org: '' }]])
})

test('one name for two texts is refused where names are kept, and nothing is sent', async () => {
  await send(sql('mine', 'select 1 as a'))
  const other = send(add(9), sql('mine', 'select 2 as b'))
  if (named) await expect(other).rejects.toThrow(/another text/)
  else expect((await other)[1]).toEqual([{ b: 2 }])
  expect(await kept()).toBe(named ? 0 : 1)
})

test('a column that cannot be read fails the whole, and the connection goes on', async () => {
  await expect(send(sql('strange', `select 'infinity'::timestamptz as at`))).rejects.toThrow(RangeError)
  expect(await send(sql('fine', 'select 1 as a'))).toEqual([[{ a: 1 }]])
})

test('what pg itself prepared under a name is known here, and the other way round', async () => {
  if (!named) return
  const client = await pool.connect()
  try {
    await client.query({ name: 'shared', text: 'select $1::int as n', values: [1] })
    expect(await implicit(client, [sql('shared', 'select $1::int as n', 2)], { named })).toEqual([[{ n: 2 }]])
    await implicit(client, [sql('ours', 'select $1::int as n', 3)], { named })
    expect((await client.query({ name: 'ours', text: 'select $1::int as n', values: [4] })).rows).toEqual([{ n: 4 }])
  } finally {
    client.release()
  }
})

test('a connection that dies rejects what waited on it', async () => {
  if (db.kind !== 'native') return
  const client = await pool.connect()
  client.on('error', () => undefined)
  await expect(implicit(client, [sql('die', 'select pg_terminate_backend(pg_backend_pid())'), add(1)], { named })).rejects.toThrow()
  client.release(true)
  expect(await kept()).toBe(0)
})

test('several leave together: each answers its own, and one that fails in the midst fails alone', async () => {
  if (!named) return
  const client = await pool.connect()
  const half = (n: number): Statement => sql('half', 'select 10 / $1::int as half', n)
  const group = (n: number): Statement[] => [sql('set', `select set_config('app.org_id', $1, true) as x`, String(n)), half(n), sql('who', `select current_setting('app.org_id') as who`)]
  try {
    expect(isKnown(client, group(1))).toBe(false)
    await implicit(client, group(1), { named })
    expect(isKnown(client, group(1))).toBe(true)
    for (let round = 0; round < 3; round += 1) {
      const groups = [group(1), group(0), [sql('half', 'select 2 as b')], group(2), group(0)]
      const answers = await Promise.allSettled(implicitEach(client, groups))
      expect(answers.map((one) => (one.status === 'fulfilled' ? one.value.slice(1) : String(one.reason)))).toEqual([
        [[{ half: 10 }], [{ who: '1' }]], 'error: division by zero', expect.stringContaining('another text'), [[{ half: 5 }], [{ who: '2' }]], 'error: division by zero',
      ])
      expect(await implicit(client, [half(5)], { named })).toEqual([[{ half: 2 }]])
    }
    const [refused] = await Promise.allSettled(implicitEach(client, [[sql('half', 'select 2 as b')]]))
    expect(refused).toMatchObject({ status: 'rejected' })
    expect((await client.query<{ n: number }>('select 7 as n')).rows).toEqual([{ n: 7 }])
  } finally {
    client.release()
  }
})

test('a connection that dies rejects all that left together and had no answer', async () => {
  if (!named) return
  const client = await pool.connect()
  client.on('error', () => undefined)
  const end = (at: number): Statement => sql('end', 'select case when $1::int = 2 then pg_terminate_backend(pg_backend_pid()) end as ended', at)
  await implicit(client, [end(0)], { named })
  const answers = await Promise.allSettled(implicitEach(client, [[end(1)], [end(2)], [end(3)], [end(4)]]))
  client.release(true)
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected'])
})
