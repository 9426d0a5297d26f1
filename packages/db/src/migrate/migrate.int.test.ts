import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestOrg, testDatabase, withDatabase, type TestDatabase } from '@intellidocs/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../database.ts'
import { migrate } from './migrate.ts'
import { readMigrations } from './migrations.ts'

let db: TestDatabase
let admin: pg.Client
let dir: string
const log = { info: () => undefined, warn: () => undefined }

beforeAll(async () => {
  db = await testDatabase()
  admin = new pg.Client({ connectionString: db.adminUrl })
  await admin.connect()
  dir = await mkdtemp(join(tmpdir(), 'intellidocs-migrations-'))
  for (const { name, sql } of await readMigrations()) await write(name, sql)
})
afterAll(async () => {
  await admin.end()
  await db.close()
  await rm(dir, { recursive: true, force: true })
})

async function write(name: string, sql: string): Promise<void> {
  await mkdir(join(dir, name), { recursive: true })
  await writeFile(join(dir, name, 'migration.sql'), sql)
}

test('a migrated database has nothing left to apply', async () => {
  expect(await migrate({ url: db.adminUrl, log, dir })).toEqual({ applied: [] })
})

test('two migrators at once apply each migration exactly once', async () => {
  await write('90000000000001_first', 'create table made_first (n int); insert into made_first values (1)')
  await write('90000000000002_second', 'create table made_second as select n from made_first')
  const runs = await Promise.all([1, 2, 3].map(() => migrate({ url: db.adminUrl, log, dir })))
  expect(runs.flatMap((run) => run.applied).sort()).toEqual(['90000000000001_first', '90000000000002_second'])
  expect((await admin.query('select n from made_second')).rows).toEqual([{ n: 1 }])
})

test('a migration that fails leaves nothing behind, says its name, and can be run again', async () => {
  await write('90000000000003_broken', 'create table half (n int); select 1/0')
  await expect(migrate({ url: db.adminUrl, log, dir })).rejects.toThrow(/90000000000003_broken failed: division by zero/)
  expect((await admin.query(`select to_regclass('half') as half, count(*)::int as rows from _prisma_migrations where migration_name like '9%3_broken'`)).rows)
    .toEqual([{ half: null, rows: 0 }])
  await write('90000000000003_broken', 'create table half (n int)')
  expect(await migrate({ url: db.adminUrl, log, dir })).toEqual({ applied: ['90000000000003_broken'] })
})

test('a migration that was edited after it had been applied is refused', async () => {
  await write('90000000000001_first', 'create table made_first (n bigint)')
  await expect(migrate({ url: db.adminUrl, log, dir })).rejects.toThrow(/90000000000001_first was edited/)
})

test('a login that owns the database but is no superuser can migrate and serve, and its own rights do not reach through', async () => {
  // The embedded database knows superusers only: there is no such login.
  if (db.kind === 'pglite') return
  const name = `owned_${crypto.randomUUID().replaceAll('-', '')}`
  await admin.query(`create role ${name} login createrole`)
  await admin.query(`create database ${name} owner ${name}`)
  const url = withDatabase(db.adminUrl, name, name)
  const superuser = new pg.Client({ connectionString: withDatabase(db.adminUrl, name) })
  await superuser.connect()
  // What a managed server's administrator does: extensions, and (since they exist in this cluster already) the roles.
  await superuser.query('create extension vector; create extension btree_gin')
  await superuser.query(`grant app, app_identity, app_system, app_admin, app_keyword, app_purge, app_login to ${name} with admin option`)
  try {
    expect((await migrate({ url, log })).applied).toHaveLength((await readMigrations()).length)
    const own = openDatabase({ url, log })
    try {
      const [a, b] = [await createTestOrg(own, 'A'), await createTestOrg(own, 'B')]
      const unit = { kind: 'tenant', orgId: a.org.id, userId: a.owner.userId } as const
      expect(await own.run(unit, (tx) => tx.membership.findMany({ where: { orgId: b.org.id } }))).toEqual([])
      expect(await own.run(unit, (tx) => tx.$queryRaw`select distinct org_id::text as id from app.member`)).toEqual([{ id: a.org.id }])
      await expect(own.run(unit, (tx) => tx.user.findMany())).rejects.toThrow(/permission denied/)
    } finally {
      await own.close()
    }
  } finally {
    await superuser.end()
    await admin.query(`drop database ${name} with (force)`)
    // What it granted hangs on it; the role itself goes with the cluster.
  }
})
