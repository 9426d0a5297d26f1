import { createTestOrg, testDatabase, type TestDatabase, type TestOrg } from '@intellidocs/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PrismaClient } from '../generated/client.ts'
import { createPool, probe } from '../postgres/pool.ts'
import { createStatementNames } from '../postgres/statement-names.ts'
import { currentUnit, unitAdapter } from '../postgres/tenant-adapter.ts'
import type { Tx, Unit } from '../types.ts'

/*
 * Many units of many organizations on a small pool, most of them going wrong in the middle. Killing and cancelling need a server with
 * sessions; on the embedded database (TEST_DB=pglite) the other kinds run.
 */
const ORGS = 8
const ROWS = 25
let db: TestDatabase
let admin: pg.Pool
let orgs: TestOrg[]
const log = { info: () => undefined, warn: () => undefined }
const unitOf = (org: TestOrg): Unit => ({ kind: 'tenant', orgId: org.org.id, userId: org.owner.userId })
const orgAt = (index: number): TestOrg => {
  const org = orgs[index % ORGS]
  if (!org) throw new Error('no organization')
  return org
}
const folderOf = (org: TestOrg, name: string): { id: string; orgId: string; name: string; createdBy: string } =>
  ({ id: crypto.randomUUID(), orgId: org.org.id, name, createdBy: org.owner.userId })

beforeAll(async () => {
  db = await testDatabase({ maxConnections: 10 })
  admin = new pg.Pool({ connectionString: db.adminUrl, max: 2 })
  admin.on('error', () => undefined)
  orgs = await Promise.all(Array.from({ length: ORGS }, (_, index) => createTestOrg(db.database, `Org ${index}`)))
  for (const org of orgs) {
    await db.database.run(unitOf(org), (tx) => tx.folder.createMany({ data: Array.from({ length: ROWS }, (_, i) => folderOf(org, `f${i}`)) }))
  }
})
afterAll(async () => {
  await admin.end()
  await db.close()
})

const leaks: string[] = []
let checked = 0

/** What a unit sees must be its own organization, all of it, under the right role. */
async function look(tx: Tx, org: TestOrg, kind: string): Promise<void> {
  const [seen] = await tx.$queryRaw<{ role: string; org: string; all: number; foreign: number }[]>`
    select current_user::text as role, current_setting('app.org_id') as org, count(*)::int as all,
      count(*) filter (where org_id <> ${org.org.id}::uuid)::int as foreign from folder`
  if (seen?.role !== 'app' || seen.org !== org.org.id || seen.all !== ROWS || seen.foreign !== 0) leaks.push(`${kind}: ${JSON.stringify(seen)}`)
  checked++
}

const backend = async (tx: Tx): Promise<number> => (await tx.$queryRaw<{ pid: number }[]>`select pg_backend_pid() as pid`)[0]?.pid ?? 0
const fault = (kind: string, work: (tx: Tx, org: TestOrg, next: TestOrg) => Promise<unknown>) => ({ kind, work })

const everywhere = [
  fault('read', (tx, org) => look(tx, org, 'read')),
  fault('findMany', async (tx, org) => {
    const rows = await tx.folder.findMany({ take: 10, orderBy: { name: 'asc' } })
    if (rows.length !== 10 || rows.some((row) => row.orgId !== org.org.id)) leaks.push('findMany')
  }),
  fault('failed statement', async (tx, org) => { await tx.$queryRaw`select 1/0`.catch(() => undefined); await look(tx, org, 'after failure') }),
  fault('thrown', async (tx, org) => { await look(tx, org, 'thrown'); throw new Error('mine') }),
  fault('write', async (tx, org) => {
    const { id } = await tx.folder.create({ data: folderOf(org, crypto.randomUUID()) })
    await tx.folder.delete({ where: { id } })
    await look(tx, org, 'write')
  }),
  fault('foreign write', async (tx, _org, next) => {
    await tx.folder.create({ data: folderOf(next, crypto.randomUUID()) })
    leaks.push('foreign write')
  }),
  fault('savepoint', async (tx, org) => {
    await tx.$executeRawUnsafe('savepoint s')
    await tx.$queryRaw`select 1/0`.catch(() => undefined)
    await tx.$executeRawUnsafe('rollback to savepoint s')
    await look(tx, org, 'savepoint')
  }),
  fault('parallel reads', (tx, org) => Promise.all([look(tx, org, 'parallel'), look(tx, org, 'parallel'), look(tx, org, 'parallel')])),
  fault('swallowed failure', async (tx) => { await tx.$queryRaw`select 1/0`.catch(() => undefined) }),
]
const withSessions = [
  fault('sneaked commit', async (tx) => {
    await tx.folder.count()
    await tx.$executeRawUnsafe('commit')
    await tx.$queryRaw`select count(*) from folder`
    leaks.push('read after a sneaked commit')
  }),
  fault('killed', async (tx, org) => {
    await look(tx, org, 'kill')
    await admin.query('select pg_terminate_backend($1)', [await backend(tx)])
    await look(tx, org, 'after kill')
  }),
  fault('cancelled', async (tx) => {
    const pid = await backend(tx)
    let over = false
    const sleep = tx.$queryRaw`select pg_sleep(20)::text`.finally(() => { over = true })
    // Again until it was hit: on a busy machine the first cancel comes before the statement has begun.
    const cancel = async (): Promise<void> => { while (!over) await admin.query('select pg_cancel_backend($1) from pg_sleep(0.02)', [pid]) }
    await Promise.all([sleep, cancel()])
  }),
  fault('statement time-out', async (tx) => {
    await tx.$executeRaw`set local statement_timeout = 20`
    await tx.$queryRaw`select pg_sleep(20)::text`
  }),
]
/** These must end well; a cancel meant for the unit before may still hit them, so the others only must not leak. */
const harmless = new Set(['read', 'findMany', 'write', 'savepoint', 'parallel reads'])

test('among errors, kills, cancels and sneaked commits no unit sees or writes a foreign row, and the pool is clean afterwards', async () => {
  const kinds = db.kind === 'native' ? [...everywhere, ...withSessions] : everywhere
  const done: Record<string, number> = {}
  const failed: Record<string, number> = {}
  for (let round = 0; round < 4; round++) {
    await Promise.all(Array.from({ length: 100 }, async (_, index) => {
      const { kind, work } = kinds[(index * 7 + round) % kinds.length] ?? fault('none', async () => undefined)
      const org = orgAt(index + round * 3)
      const outcome = db.database.run(unitOf(org), (tx) => work(tx, org, orgAt(index + round * 3 + 1)))
      await outcome.then(() => { done[kind] = (done[kind] ?? 0) + 1 }, () => { failed[kind] = (failed[kind] ?? 0) + 1 })
    }))
  }
  expect(leaks).toEqual([])
  expect(checked).toBeGreaterThan(100)
  expect(Object.keys(done).filter((kind) => !harmless.has(kind))).toEqual([])
  expect(Object.keys(done).sort()).toEqual([...harmless].sort())

  // The embedded database has one session, which the looks below show to be clean.
  const clean = [{ state: 'idle', open: 0 }]
  const pool = db.kind === 'pglite' ? clean : (await admin.query<{ state: string; open: number }>(`select state, count(xact_start)::int as open
    from pg_stat_activity where datname = current_database() and usename = 'app_login' group by state`)).rows
  expect(pool).toEqual(clean)
  await Promise.all(orgs.map((org) => db.database.run(unitOf(org), (tx) => look(tx, org, 'afterwards'))))
  expect(leaks).toEqual([])
})

test('whatever is sent outside a unit is refused, by the adapter and by the database', async () => {
  const server = await probe(db.url)
  const pool = createPool(db.url, server, { maxConnections: 2, pipeline: !server.embedded, log })
  const prisma = new PrismaClient({ adapter: unitAdapter(async () => ({ pool, embedded: server.embedded, nameOf: server.embedded ? undefined : createStatementNames() })) })
  const org = orgAt(0)
  try {
    await expect(prisma.folder.findMany()).rejects.toThrow(/outside a unit/)
    await expect(prisma.$queryRaw`select 1`).rejects.toThrow(/outside a unit/)
    await expect(prisma.folder.create({ data: folderOf(org, 'outside') })).rejects.toThrow(/outside a unit/)
    await expect(prisma.$transaction([prisma.folder.count()])).rejects.toThrow(/outside a unit/)
    await expect(prisma.$transaction((tx) => tx.folder.count())).rejects.toThrow(/outside a unit/)
    // Inside a unit, the outer client would leave it.
    await expect(currentUnit.run(unitOf(org), () => prisma.folder.count())).rejects.toThrow(/outside a unit/)
    // On the embedded database everybody is superuser: there, the adapter is the only wall.
    const past = server.embedded ? 'permission denied' : await pool.query('select * from public.folder').then(() => 'read', String)
    expect(past).toContain('permission denied')
  } finally {
    await prisma.$disconnect()
    await pool.end()
  }
})

test('a tx that was kept is dead after its unit', async () => {
  let kept: Tx | undefined
  await db.database.run(unitOf(orgAt(0)), async (tx) => { kept = tx; await tx.folder.count() })
  await expect(kept?.folder.count()).rejects.toThrow(/[Tt]ransaction/)
})
