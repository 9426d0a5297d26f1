import { testDatabase, type TestDatabase } from '@intellidocs/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { assertOrgTables } from './read.ts'
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
