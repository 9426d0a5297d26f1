import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { createTestOrg, testDatabase, type TestDatabase, type TestOrg } from '@intellidocs/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../database.ts'
import { createReads } from '../postgres/read.ts'
import type { ReadAs, Statement } from '../types.ts'

/*
 * Reads of one round trip: many at once on a small pool, by people who are known, by sessions that hold and by some that do not, most of them
 * going wrong. Killing and cancelling need a server with sessions; on the embedded database (TEST_DB=pglite) the other kinds run.
 */
const ORGS = 8
const ROWS = 25
let db: TestDatabase
let admin: pg.Pool
let orgs: { org: TestOrg; session: string }[]
const place = (index: number): { org: TestOrg; session: string } => {
  const found = orgs[index % ORGS]
  if (!found) throw new Error('no organization')
  return found
}

const sql = (name: string, text: string, ...values: Statement['values']): Statement => ({ name, text, values })
const LOOKUP = `select u.id as "userId", m.org_id as "orgId", concat_ws(',', 'org:' || m.org_id, 'user:' || u.id) as principals, current_user::text as role
  from session s join user_account u on u.id = s.user_id left join membership m on m.user_id = u.id where s.id = $1 and s.expires_at > now()`
const bySession = (session: string): ReadAs => ({ kind: 'caller', lookup: sql('lookup', LOOKUP, session) })
const byUser = ({ org }: { org: TestOrg }): ReadAs => ({ kind: 'tenant', orgId: org.org.id, userId: org.owner.userId, principals: org.owner.principals })
const LOOK = sql('look', `select current_user::text as role, current_setting('app.org_id') as org, current_setting('app.user_id') as user,
  current_setting('app.principals') as principals, current_setting('transaction_read_only') as readonly, count(*)::int as all from folder`)

beforeAll(async () => {
  db = await testDatabase({ maxConnections: 10 })
  admin = new pg.Pool({ connectionString: db.adminUrl, max: 2 })
  admin.on('error', () => undefined)
  orgs = await Promise.all(Array.from({ length: ORGS }, async (_, index) => {
    const org = await createTestOrg(db.database, `Org ${index}`)
    const session = createHash('sha256').update(`session ${index}`).digest('hex')
    const { userId } = org.owner
    await db.database.run({ kind: 'identity' }, (tx) => tx.session.create({ data: { id: session, userId, expiresAt: new Date(Date.now() + 3_600_000) } }))
    await db.database.run({ kind: 'tenant', orgId: org.org.id, userId }, (tx) => tx.folder.createMany({
      data: Array.from({ length: ROWS }, (_, i) => ({ id: randomUUID(), orgId: org.org.id, name: `f${i}`, createdBy: userId })),
    }))
    return { org, session }
  }))
})
afterAll(async () => {
  await admin.end()
  await db.close()
})

const seenBy = ({ org }: { org: TestOrg }) => [{
  role: 'app', org: org.org.id, user: org.owner.userId, principals: org.owner.principals.join(','), readonly: 'on', all: ROWS,
}]

test('a user and a session see their organization, all of it and nothing else, without a right to write', async () => {
  const { found, rows } = await db.database.read(bySession(place(0).session), LOOK)
  expect(rows).toEqual(seenBy(place(0)))
  expect(found).toMatchObject({ userId: place(0).org.owner.userId, orgId: place(0).org.org.id, role: 'app_identity' })
  expect(await db.database.read(byUser(place(1)), LOOK)).toEqual({ found: null, rows: seenBy(place(1)) })
})

test('what the installation writes is one transaction under its own role, is planned anew, and leaves nothing of itself behind', async () => {
  const [writer, other] = [randomUUID(), randomUUID()]
  const text = `insert into keyword_index (writer) values ($1::uuid) on conflict (only_one) do update set writer = excluded.writer
    returning current_user::text as role, current_setting('app.org_id') as org, current_setting('plan_cache_mode') as plan, current_setting('transaction_read_only') as readonly`
  const written = sql('written', 'select writer::text from keyword_index')
  expect(await db.database.write([sql('put', text, writer), written])).toEqual([[{ role: 'app_system', org: '', plan: 'auto', readonly: 'off' }], [{ writer }]])
  await expect(db.database.write([sql('put', text, other), sql('broken', 'select 1 / 0')])).rejects.toThrow(/division by zero/)
  expect(await db.database.write([written])).toEqual([[{ writer }]])
  expect(await db.database.read(byUser(place(2)), LOOK)).toEqual({ found: null, rows: seenBy(place(2)) })
  await expect(db.database.run({ kind: 'system' }, () => db.database.write([written]))).rejects.toThrow(/inside a unit of work/)
  const twice = (value: string): Statement => sql('twice', 'select $1::text as value', value)
  expect(await db.database.write([twice('a'), twice('b')])).toEqual([[{ value: 'a' }], [{ value: 'b' }]])
  expect(await db.database.write([twice('c'), twice('d')])).toEqual([[{ value: 'c' }], [{ value: 'd' }]])
  if (db.kind === 'native') await expect(db.database.write([sql('other', 'select 1 as n'), sql('other', 'select 2 as n')])).rejects.toThrow(/with another text/)
})

test('a session that is not there, has ended or has no organization sees no row of anybody, under the role without rights', async () => {
  const nothing = { role: 'app', org: '', readonly: 'on', all: 0 }
  expect(await db.database.read(bySession('unknown'), LOOK)).toMatchObject({ found: null, rows: [nothing] })
  const ended = createHash('sha256').update('ended').digest('hex')
  const { userId } = place(0).org.owner
  await db.database.run({ kind: 'identity' }, (tx) => tx.session.create({ data: { id: ended, userId, expiresAt: new Date(Date.now() - 1000) } }))
  expect(await db.database.read(bySession(ended), LOOK)).toMatchObject({ found: null, rows: [nothing] })
  const lonely: ReadAs = { kind: 'caller', lookup: sql('lonely', `select $1::uuid as "userId", null::uuid as "orgId", null as principals`, userId) }
  expect(await db.database.read(lonely, LOOK)).toMatchObject({ found: { userId }, rows: [{ ...nothing, user: userId }] })
  // The tables of the lookup are closed again to the statement behind it, whether somebody was found or not.
  for (const session of ['unknown', place(0).session]) {
    await expect(db.database.read(bySession(session), sql('peek', 'select * from session'))).rejects.toThrow(/permission denied/)
    await expect(db.database.read(bySession(session), sql('accounts', 'select * from user_account'))).rejects.toThrow(/permission denied/)
  }
})

test('a session that is removed sees nothing from the next read on', async () => {
  const session = createHash('sha256').update('short').digest('hex')
  const { userId } = place(2).org.owner
  await db.database.run({ kind: 'identity' }, (tx) => tx.session.create({ data: { id: session, userId, expiresAt: new Date(Date.now() + 60_000) } }))
  expect((await db.database.read(bySession(session), LOOK)).rows).toEqual(seenBy(place(2)))
  await db.database.run({ kind: 'identity' }, (tx) => tx.session.delete({ where: { id: session } }))
  expect(await db.database.read(bySession(session), LOOK)).toMatchObject({ found: null, rows: [{ all: 0 }] })
})

test('an organization cannot be chosen by a value, nor can a statement write', async () => {
  const injected: ReadAs = { kind: 'tenant', orgId: `x',true),set_config('role','postgres`, userId: place(0).org.owner.userId, principals: [] }
  await expect(db.database.read(injected, LOOK)).rejects.toThrow(/invalid input syntax for type uuid/)
  const write = sql('write', 'delete from folder where org_id = (select app.org_id())')
  await expect(db.database.read(bySession(place(0).session), write)).rejects.toMatchObject({ code: '25006' })
  expect((await db.database.read(byUser(place(0)), LOOK)).rows).toEqual(seenBy(place(0)))
})

test('the lookup has the same time as what follows it', async () => {
  const timed = sql('timed', `select $1::uuid as "userId", null::uuid as "orgId", null as principals, current_setting('statement_timeout') as time`,
    place(0).org.owner.userId)
  const { found, rows } = await db.database.read({ kind: 'caller', lookup: timed }, sql('time', `select current_setting('statement_timeout') as time`))
  expect([found?.['time'], rows]).toEqual(['25s', [{ time: '25s' }]])
})

test('a read that waits for a connection does not get the one whose server process was ended', async () => {
  if (db.kind !== 'native') return
  const narrow = openDatabase({ url: db.url, maxConnections: 1, log: { info: () => undefined, warn: () => undefined } })
  try {
    // A process that was ended says so before it is gone: for a moment it would be taken for the next round's.
    const gone: number[] = []
    for (let round = 0; round < 5; round += 1) {
      const ended = narrow.read(byUser(place(0)), sql('sleep_long', 'select pg_sleep(20)::text')).then(() => 'answered', () => 'failed')
      const waiting = narrow.read(byUser(place(1)), LOOK)
      const kill = async (): Promise<number> => {
        const { rows } = await admin.query<{ pid: number }>(`select pid from pg_stat_activity where datname = current_database()
          and query like 'select pg_sleep(20)%' and state = 'active' and pid <> all ($1) and pg_terminate_backend(pid)`, [gone])
        gone.push(...rows.map(({ pid }) => pid))
        return rows.length
      }
      await expect.poll(kill).toBe(1)
      expect(await ended).toBe('failed')
      expect((await waiting).rows).toEqual(seenBy(place(1)))
    }
  } finally {
    await narrow.close()
  }
})

test('reads of many organizations that leave together see each their own, and what fails among them fails alone', async () => {
  const narrow = openDatabase({ url: db.url, maxConnections: 1, log: { info: () => undefined, warn: () => undefined } })
  const part = (divisor: number): Statement => sql('part', 'select current_setting(\'app.org_id\') as org, count(*)::int / $1::int as all from folder', divisor)
  try {
    await narrow.read(byUser(place(0)), part(1))
    await narrow.read(bySession(place(0).session), part(1))
    const asked = Array.from({ length: 40 }, async (_, at) => {
      const { rows } = await narrow.read(at % 2 === 0 ? byUser(place(at)) : bySession(place(at).session), part(at % 5 === 4 ? 0 : 1))
      return rows
    })
    const answers = await Promise.allSettled(asked)
    expect(answers.map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason)))).toEqual(answers.map((_, at) => (
      at % 5 === 4 ? expect.stringContaining('division by zero') : [{ org: place(at).org.org.id, all: ROWS }])))
  } finally {
    await narrow.close()
  }
})

test('a read that is not answered any more fails, and its connection is not used again', async () => {
  const target = new URL(db.url)
  const port = Number(target.port)
  const through: Socket[] = []
  const proxy = createServer((socket) => {
    const server = connect(port, target.hostname)
    through.push(socket, server)
    for (const end of [socket, server]) end.on('error', () => undefined)
    socket.pipe(server).pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  target.port = String((proxy.address() as AddressInfo).port)
  const pool = new pg.Pool({ connectionString: target.href, max: 1 })
  pool.on('connect', (client) => client.on('error', () => undefined))
  try {
    const reads = createReads(pool, { named: db.kind === 'native', answerMs: 1000 })
    const ask = () => reads.read(byUser(place(0)), LOOK)
    expect((await ask()).rows).toEqual(seenBy(place(0)))
    for (const socket of through) socket.unpipe()
    await expect(ask()).rejects.toThrow(/terminated/)
    expect(pool.totalCount).toBe(0)
    expect((await ask()).rows).toEqual(seenBy(place(0)))
  } finally {
    await pool.end()
    for (const socket of through) socket.destroy()
    proxy.close()
  }
})

test('inside a unit a read is refused', async () => {
  const unit = { kind: 'tenant', orgId: place(0).org.org.id, userId: place(0).org.owner.userId } as const
  await expect(db.database.run(unit, () => db.database.read(byUser(place(0)), LOOK))).rejects.toThrow(/inside a unit/)
})

type Act = (index: number) => Promise<unknown>
const ask = (index: number, statement: Statement): Promise<unknown> => db.database.read(index % 2 === 0 ? bySession(place(index).session) : byUser(place(index)), statement)
const backendOf = `pid from pg_stat_activity where usename = 'app_login' and datname = current_database()`
const everywhere: Record<string, Act> = {
  'bad session': (index) => db.database.read(bySession(`none ${index}`), LOOK),
  'failed statement': (index) => ask(index, sql('divide', 'select 1 / $1::int', 0)),
  'not to be parsed': (index) => ask(index, sql('nowhere', 'select nothing from nowhere')),
  write: (index) => ask(index, sql('insert', 'delete from folder')),
  'failed lookup': () => db.database.read({ kind: 'caller', lookup: sql('bad_lookup', `select 1 / $1::int as "userId", null as "orgId", null as principals`, 0) }, LOOK),
  'large value': (index) => ask(index, sql('large', 'select length($1::text) as n', 'x'.repeat(300_000))),
}
const withSessions: Record<string, Act> = {
  killed: (index) => Promise.all([ask(index, sql('sleep', 'select pg_sleep(0.03)::text')), admin.query(`select pg_terminate_backend(pid) from (select ${backendOf} order by random() limit 1) p`)]),
  cancelled: (index) => Promise.all([ask(index, sql('sleep', 'select pg_sleep(0.03)::text')),
    admin.query(`select pg_cancel_backend(pid) from (select ${backendOf} and state = 'active' order by random() limit 1) p`)]),
}

test('among bad sessions, errors, kills and cancels no read sees a foreign row, and the pool is clean afterwards', async () => {
  const acts = Object.entries(db.kind === 'native' ? { ...everywhere, ...withSessions } : everywhere)
  const leaks: string[] = []
  let right = 0
  const one = async (index: number): Promise<void> => {
    const [kind, act] = acts[(index * 5 + Math.floor(index / 7)) % acts.length] ?? []
    // What goes wrong here is meant to; what counts is what the next read on the same connections sees.
    if (act !== undefined && index % 3 !== 0) await act(index).catch(() => undefined)
    const answer = await (index % 2 === 0 ? db.database.read(bySession(place(index).session), LOOK) : db.database.read(byUser(place(index)), LOOK))
      .catch((error: unknown) => ({ error }))
    // A kill or cancel that was meant for another read may hit this one: it then has no answer, but never a wrong one.
    if ('error' in answer) return
    if (JSON.stringify(answer.rows) === JSON.stringify(seenBy(place(index)))) right += 1
    else leaks.push(`${kind}: ${JSON.stringify(answer.rows)}`)
  }
  for (let round = 0; round < 6; round += 1) await Promise.all(Array.from({ length: 150 }, (_, index) => one(index + round * 11)))
  expect(leaks).toEqual([])
  expect(right).toBeGreaterThan(db.kind === 'native' ? 450 : 899)
  if (db.kind === 'pglite') return
  const { rows } = await admin.query<{ state: string; open: number }>(`select state, count(xact_start)::int as open
    from pg_stat_activity where datname = current_database() and usename = 'app_login' group by state`)
  expect(rows).toEqual([{ state: 'idle', open: 0 }])
})
