import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { migrate } from '../migrate/migrate.ts'
import { checkDatabase } from './check.ts'
import { drift, readSchema, type SchemaFile } from './drift.ts'
import { compareIndexes, handWrittenIndexes, readIndexList } from './indexes.ts'
import { brokenRules } from './rules.ts'
import { throwAwayDatabase, type ThrowAway } from './throw-away.ts'

let database: ThrowAway
let schema: SchemaFile[]
beforeAll(async () => {
  database = await throwAwayDatabase()
  await migrate({ url: database.url, log: { info: () => undefined, warn: () => undefined } })
  schema = await readSchema()
})
afterAll(async () => { await database.close() })
beforeEach(async () => { await database.client.query('begin') })
afterEach(async () => { await database.client.query('rollback') })

test('the committed schema, migrations and list of indexes agree, and no rule is broken', async () => {
  expect((await checkDatabase()).problems).toEqual([])
})

// Canaries: each rule is broken on purpose and must say so by its name.
test.each([
  ['tenant-table-without-forced-rls', 'alter table folder no force row level security', 'folder'],
  ['tenant-table-without-forced-rls', 'create table loose (org_id uuid)', 'loose'],
  ['tenant-table-without-policy', 'drop policy tenant on folder', 'folder'],
  ['policy-wider-than-the-tenant', 'create policy wide on folder to app using (true)', 'folder.wide'],
  ['policy-wider-than-the-tenant', 'create policy wide on folder for insert with check (true)', 'folder.wide'],
  ['table-without-tenant-open-to-app', 'grant select on user_account to app', 'user_account'],
  ['foreign-key-without-tenant', 'alter table page add constraint by_id_only foreign key (version_id) references document_version', 'by_id_only'],
  ['role-is-privileged', 'alter role app bypassrls', 'app'],
  ['role-is-privileged', 'alter role app_login inherit', 'app_login'],
  ['login-role-has-rights', 'grant select on document to app_login', 'document'],
  ['login-role-has-rights', 'grant select on page to public', 'page'],
  ['view-reads-as-its-owner', 'create view app.all_documents as select * from document', 'all_documents'],
  ['definer-function-without-search-path', `create function app.f() returns int language sql security definer as 'select 1'`, 'f'],
])('the check reports %s: %s', async (rule, sql, object) => {
  await database.client.query(sql)
  expect(await brokenRules(database.client)).toContainEqual({ rule, object })
})

test.each([
  ['a column the schema does not have', 'alter table folder add column colour text', /DROP COLUMN "colour"/],
  ['a missing table', 'drop table usage_entry', /CREATE TABLE "usage_entry"/],
  ['a missing plain index', 'drop index document_list', /CREATE INDEX "document_list"/],
  ['another type', 'alter table page alter number type bigint', /"number"/],
  ['a missing foreign key', 'alter table page drop constraint page_org_id_version_id_fkey', /page_org_id_version_id_fkey/],
])('the check reports drift: %s', async (_name, sql, expected) => {
  await database.client.query(sql)
  expect(await drift(database.client, schema)).toMatch(expected)
})

test('the check reports a hand-written index that is missing, changed, or not listed', async () => {
  const listed = await readIndexList()
  await database.client.query('drop index delivery_due; create index fresh on folder (lower(name))')
  const problems = compareIndexes(listed, await handWrittenIndexes(database.client))
  expect(problems.map(({ rule, object }) => `${rule} ${object.split(' ')[2]}`)).toEqual(['index-missing delivery_due', 'index-not-listed fresh'])
})
