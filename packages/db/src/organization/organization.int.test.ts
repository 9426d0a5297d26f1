import { testDatabase, type TestDatabase } from '@intellidocs/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { assertOrgTables, takeOrgSnapshot } from './read.ts'
import { carried, leftBehind } from './tables.ts'

let db: TestDatabase
let client: pg.Client
beforeAll(async () => {
  db = await testDatabase()
  client = new pg.Client({ connectionString: db.adminUrl })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await db.close()
})

test('of every table with rows of organizations it is decided whether they go along', async () => {
  await assertOrgTables(client)
  const { rows } = await client.query<{ name: string }>('select name from app.tenant_tables()')
  const known = new Set(['org', 'user_account', ...rows.map(({ name }) => name)])
  expect([...Object.keys(carried), ...Object.keys(leftBehind)].filter((name) => !known.has(name))).toEqual([])
  expect(Object.keys(carried).filter((name) => name in leftBehind)).toEqual([])
})

test('a table that nobody decided on stops an export', async () => {
  await client.query('begin; create table novelty (org_id uuid not null)')
  await expect(assertOrgTables(client)).rejects.toThrow('novelty')
  await client.query('rollback')
})

test('an organization goes along as one that is active, though the old place suspended it', async () => {
  const id = '01990000-0000-7000-8000-000000000001'
  await client.query(`insert into org (id, slug, name, status, suspended_at, suspended_reason) values ($1, 'late', 'Late', 'suspended', now(), 'unpaid')`, [id])
  const view = await takeOrgSnapshot({ url: db.adminUrl, orgId: id })
  const table = view.tables.find(({ name }) => name === 'org')
  await view.close()
  const names = table?.columns.map(({ name }) => name) ?? []
  expect(names).toEqual(expect.arrayContaining(['id', 'slug', 'name']))
  expect(names.filter((name) => name === 'status' || name.startsWith('suspended'))).toEqual([])
  // What stays behind is given the defaults of the new place, which the table takes.
  await client.query(`create temp table gone as select ${names.join(', ')} from org where id = '${id}'`)
  await client.query(`delete from org where id = '${id}'`)
  await client.query(`insert into org (${names.join(', ')}) select * from gone`)
  expect((await client.query('select status from org where id = $1', [id])).rows).toEqual([{ status: 'active' }])
})
