import { asAdmin, createTestOrg, startNativePostgres, testDatabase, withDatabase } from '@intellidocs/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { brokenRules } from '../check/rules.ts'
import { openDatabase } from '../database.ts'
import { migrate } from './migrate.ts'
import { readMigrations } from './migrations.ts'

const log = { info: () => undefined, warn: () => undefined }
const source = await testDatabase()
await source.close()

// The embedded database knows superusers only: there is no such login.
describe.skipIf(source.kind === 'pglite')('on a server of its own, a login that may create roles and databases and is no superuser', () => {
  let server: Awaited<ReturnType<typeof startNativePostgres>>
  beforeAll(async () => {
    server = await startNativePostgres({ durable: false })
    await asAdmin(server.url, 'create role manager login createrole createdb')
  })
  afterAll(() => server.close())

  /** As docs/deployment.md says: the manager makes the database, an administrator the extension, which is not trusted. */
  async function made(name: string): Promise<{ url: string; adminUrl: string }> {
    await asAdmin(withDatabase(server.url, 'postgres', 'manager'), `create database ${name}`)
    await asAdmin(withDatabase(server.url, name), 'create extension vector')
    return { url: withDatabase(server.url, name, 'manager'), adminUrl: withDatabase(server.url, name) }
  }
  async function inside<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      return await work(client)
    } finally {
      await client.end()
    }
  }

  test('applies every migration, with roles that it made and with those that are there, and leaves both walls standing', async () => {
    // One that was made without its maker's becoming it, as of an attempt before.
    await asAdmin(withDatabase(server.url, 'postgres', 'manager'), "create role app_keyword nologin; create role app_login login noinherit connection limit 200 password 'x'")
    for (const name of ['first', 'second']) {
      const { url, adminUrl } = await made(name)
      expect((await migrate({ url, log })).applied).toHaveLength((await readMigrations()).length)
      expect(await inside(adminUrl, brokenRules)).toEqual([])
      for (const login of ['app_login', 'manager']) {
        const database = openDatabase({ url: withDatabase(server.url, name, login), log })
        try {
          const [a, b] = [await createTestOrg(database, 'A'), await createTestOrg(database, 'B')]
          const unit = { kind: 'tenant', orgId: a.org.id, userId: a.owner.userId } as const
          expect(await database.run(unit, (tx) => tx.membership.findMany({ where: { orgId: b.org.id } }))).toEqual([])
          expect(await database.run(unit, (tx) => tx.$queryRaw`select distinct org_id::text as id from app.member`)).toEqual([{ id: a.org.id }])
          expect(await database.run({ kind: 'system' }, (tx) => tx.$queryRaw`select app.keyword_fold(10) as folded`)).toEqual([{ folded: 0 }])
          await expect(database.run(unit, (tx) => tx.user.findMany())).rejects.toThrow(/permission denied/)
        } finally {
          await database.close()
        }
      }
    }
  })

  test('changes the rows that a migration changes, of every organization, and binds itself again', async () => {
    const { url, adminUrl } = await made('grown')
    await migrate({ url, log, upTo: '20261122000003_fair_claims' })
    await asAdmin(adminUrl, `with o as (insert into org (id, slug, name) select gen_random_uuid(), 'o' || n, 'O' from generate_series(1, 2) n returning id),
      top as (insert into folder (id, org_id, name, created_by) select gen_random_uuid(), id, 'top', gen_random_uuid() from o returning id, org_id)
      insert into folder (id, org_id, parent_id, name, created_by) select gen_random_uuid(), org_id, id, 'below', gen_random_uuid() from top`)
    await migrate({ url, log })
    const { rows } = await inside(adminUrl, (client) => client.query("select name, cardinality(path) as depth from folder order by 2, 1"))
    expect(rows).toEqual([1, 1, 2, 2].map((depth) => ({ name: depth === 1 ? 'top' : 'below', depth })))
    expect(await inside(adminUrl, brokenRules)).toEqual([])
    expect((await inside(url, (client) => client.query('select from folder'))).rowCount).toBe(0)
  })
})
