import { randomUUID } from 'node:crypto'
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net'
import pg from 'pg'
import { createTestOrg, testDatabase, type TestDatabase, type TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openDatabase } from './database.ts'
import type { Unit } from './types.ts'

let db: TestDatabase
let a: TestOrg
const log = { info: () => undefined, warn: () => undefined }
const unitOf = (org: TestOrg): Unit => ({ kind: 'tenant', orgId: org.org.id, userId: org.owner.userId })

beforeAll(async () => {
  db = await testDatabase()
  a = await createTestOrg(db.database)
})
afterAll(async () => { await db.close() })

test('a unit runs under its role, with its organization and user set', async () => {
  const read = (unit: Unit): Promise<unknown[]> => db.database.run(unit, (tx) =>
    tx.$queryRaw`select current_user::text as role, current_setting('app.org_id') as org, current_setting('app.user_id') as user`)
  expect(await read(unitOf(a))).toEqual([{ role: 'app', org: a.org.id, user: a.owner.userId }])
  expect(await read({ kind: 'identity' })).toEqual([{ role: 'app_identity', org: '', user: '' }])
  expect(await read({ kind: 'system' })).toEqual([{ role: 'app_system', org: '', user: '' }])
})

test('a read-only unit cannot write', async () => {
  const write = db.database.run({ ...unitOf(a), kind: 'tenant', readOnly: true } as Unit, (tx) =>
    tx.folder.create({ data: { id: randomUUID(), orgId: a.org.id, name: 'f', createdBy: a.owner.userId } }))
  await expect(write).rejects.toThrow(/read-only/)
})

test('ids that are not UUIDs never reach the database', async () => {
  const work = vi.fn<() => Promise<undefined>>(async () => undefined)
  const injected = { kind: 'tenant', orgId: "x',true),set_config('role','postgres", userId: a.owner.userId } as const
  await expect(db.database.run(injected, work)).rejects.toThrow(/UUID/)
  expect(work).not.toHaveBeenCalled()
})

test('a unit inside a unit is refused', async () => {
  await expect(db.database.run(unitOf(a), () => db.database.run({ kind: 'system' }, async () => 1))).rejects.toThrow(/inside a unit/)
})

test('a unit that swallowed a failed statement does not pretend that its work was kept', async () => {
  const id = randomUUID()
  await expect(db.database.run(unitOf(a), async (tx) => {
    await tx.folder.create({ data: { id, orgId: a.org.id, name: 'lost', createdBy: a.owner.userId } })
    await tx.$queryRaw`select 1/0`.catch(() => undefined)
  })).rejects.toThrow(/rolled back/)
  expect(await db.database.run(unitOf(a), (tx) => tx.folder.findUnique({ where: { id } }))).toBeNull()
})

test('a thrown error undoes the unit and is handed on unchanged', async () => {
  const mine = new Error('mine')
  const id = randomUUID()
  await expect(db.database.run(unitOf(a), async (tx) => {
    await tx.folder.create({ data: { id, orgId: a.org.id, name: 'thrown', createdBy: a.owner.userId } })
    throw mine
  })).rejects.toBe(mine)
  expect(await db.database.run(unitOf(a), (tx) => tx.folder.count({ where: { id } }))).toBe(0)
})

test('what is asked often is planned once, and never with the rows of somebody else', async () => {
  const b = await createTestOrg(db.database)
  const one = openDatabase({ url: db.url, maxConnections: 1, log })
  try {
    const seen = (org: TestOrg): Promise<unknown[]> => one.run(unitOf(org), (tx) => tx.$queryRaw`select distinct org_id::text as org from membership`)
    for (let n = 0; n < 20; n += 1) for (const org of [a, b]) expect(await seen(org)).toEqual([{ org: org.org.id }])
    const kept = await one.run({ kind: 'system' }, (tx) => tx.$queryRaw<{ runs: number }[]>`
      select (generic_plans + custom_plans)::int as runs from pg_prepared_statements where statement like '%from membership'`)
    expect(kept).toEqual([{ runs: 36 }])
  } finally {
    await one.close()
  }
})

test('a kept plan whose table has changed fails once, and its connection is given up', async () => {
  const one = openDatabase({ url: db.url, maxConnections: 1, log })
  const admin = new pg.Client({ connectionString: db.adminUrl })
  await admin.connect()
  try {
    await admin.query('create table changing (one int); grant select on changing to app_system')
    const read = (): Promise<unknown[]> => one.run({ kind: 'system' }, (tx) => tx.$queryRaw`select * from changing where ${true}`)
    for (let n = 0; n < 10; n += 1) expect(await read()).toEqual([])
    await admin.query('alter table changing add column two int')
    await expect(read()).rejects.toThrow(/cached plan/)
    expect(await read()).toEqual([])
  } finally {
    await admin.query('drop table if exists changing')
    await admin.end()
    await one.close()
  }
})

test('an undefined filter is an error and not "everything"', async () => {
  const hole = { createdBy: undefined } as unknown as { createdBy: string }
  await expect(db.database.run(unitOf(a), (tx) => tx.folder.deleteMany({ where: hole }))).rejects.toThrow(/undefined/)
})

test('a privileged login gives its rights up on every connection', async () => {
  const own = openDatabase({ url: db.adminUrl, log, maxConnections: 2 })
  try {
    expect(await own.run(unitOf(a), (tx) => tx.membership.count())).toBe(5)
    await expect(own.run(unitOf(a), async (tx) => {
      await tx.document.count()
      await tx.$executeRawUnsafe('commit')
      return tx.$queryRawUnsafe('select count(*)::int as n from document')
    })).rejects.toThrow(db.kind === 'native' ? /permission denied|does not exist/ : /ended from inside/)
  } finally {
    await own.close()
  }
})

test('a database that is away fails each use with its reason', async () => {
  const gone = openDatabase({ url: 'postgresql://app_login@127.0.0.1:1/none', log })
  await expect(gone.ping()).rejects.toThrow(/ECONNREFUSED/)
  await expect(gone.run({ kind: 'system' }, async (tx) => tx.delivery.count())).rejects.toThrow()
  await gone.close()
})

test('listening and units survive a server that goes away and comes back', async () => {
  const line = await cuttableLine(db.url)
  const own = openDatabase({ url: line.url, log, maxConnections: 2 })
  const heard: string[] = []
  const listening = await own.listen('outbox', (payload) => heard.push(payload))
  expect(await own.run(unitOf(a), (tx) => tx.membership.count())).toBe(5)

  line.cut()
  await expect(own.ping()).rejects.toThrow()
  await expect(own.run(unitOf(a), (tx) => tx.membership.count())).rejects.toThrow()
  line.mend()
  expect(await own.run(unitOf(a), (tx) => tx.membership.count())).toBe(5)
  // The empty payload says that something may have been missed.
  await vi.waitFor(() => expect(heard).toEqual(['']), { timeout: 15_000 })
  await db.database.notify('outbox', 'again')
  await vi.waitFor(() => expect(heard).toEqual(['', 'again']), { timeout: 5_000 })
  await listening.close()
  await own.close()
  await line.close()
})

test('a notification reaches every listener of its channel and no other', async () => {
  const heard: string[] = []
  const listening = [
    await db.database.listen('outbox', (payload) => heard.push(`first ${payload}`)),
    await db.database.listen('outbox', (payload) => heard.push(`second ${payload}`)),
    await db.database.listen('elsewhere', (payload) => heard.push(`elsewhere ${payload}`)),
  ]
  await db.database.notify('outbox', 'one')
  await vi.waitFor(() => expect(heard.toSorted()).toEqual(['first one', 'second one']), { timeout: 5_000 })
  await Promise.all(listening.map((each) => each.close()))
})

/** A TCP line to the server that can be cut: open connections die, new ones are refused at once. */
async function cuttableLine(url: string): Promise<{ url: string; cut(): void; mend(): void; close(): Promise<void> }> {
  const target = new URL(url)
  const there = { host: target.hostname, port: Number(target.port) }
  const sockets = new Set<Socket>()
  let whole = true
  const server = createServer((near) => {
    if (!whole) return void near.destroy()
    const far = createConnection(there)
    for (const [socket, other] of [[near, far], [far, near]] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy()).on('close', () => { sockets.delete(socket); other.destroy() }).pipe(other)
    }
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  target.port = String((server.address() as AddressInfo).port)
  return {
    url: target.href,
    cut() { whole = false; for (const socket of sockets) socket.destroy() },
    mend() { whole = true },
    close: () => new Promise((resolve) => { server.close(() => resolve()) }),
  }
}

test.each([
  ['tenant-table-without-forced-rls (folder)', 'alter table folder no force row level security', 'alter table folder force row level security'],
  ['policy-wider-than-the-tenant (folder.wide)', 'create policy wide on folder to app using (true)', 'drop policy wide on folder'],
])('a live database without its walls is refused: %s', async (fault, breakIt, mendIt) => {
  await expect(db.database.assertWalls()).resolves.toBeUndefined()
  const admin = new pg.Client({ connectionString: db.adminUrl })
  await admin.connect()
  try {
    await admin.query(breakIt)
    await expect(db.database.assertWalls()).rejects.toThrow(fault)
    await admin.query(mendIt)
    await expect(db.database.assertWalls()).resolves.toBeUndefined()
  } finally {
    await admin.end()
  }
})

test('an idle connection that is cut is told in the log, without the client and its settings', async () => {
  const lost: object[] = []
  const line = await cuttableLine(db.url)
  const own = openDatabase({ url: line.url, maxConnections: 1, log: { ...log, warn: (fields: object) => { lost.push(fields) } } })
  try {
    expect(await own.run(unitOf(a), (tx) => tx.membership.count())).toBe(5)
    line.cut()
    await expect.poll(() => lost.length, { timeout: 10_000 }).toBeGreaterThan(0)
    for (const fields of lost) expect(fields).toEqual({ err: expect.not.objectContaining({ client: expect.anything() }) })
  } finally {
    await own.close()
    await line.close()
  }
})

test('a login that the walls do not bind is refused, although its connections give their rights up', async () => {
  // The embedded database knows superusers only; there each unit gives its rights up by itself.
  if (db.kind === 'pglite') return
  const own = openDatabase({ url: db.adminUrl, log, maxConnections: 2 })
  try {
    await expect(own.assertWalls()).rejects.toThrow('login-is-privileged')
  } finally {
    await own.close()
  }
})
