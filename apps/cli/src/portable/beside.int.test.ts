import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { OrgId } from '@intellidocs/contracts'
import { newId, systemActor } from '@intellidocs/kernel'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ask, openBackupHouse, type BackupHouse, type Place } from '../backup/backup.testkit.ts'
import { openModules } from '../open-modules.ts'
import { runCli } from '../run.testkit.ts'
import { furnish } from './portable.testkit.ts'

vi.setConfig({ testTimeout: 300_000 })

/** Two organizations of one installation, so that their ids differ, with an owner who belongs to both. */
let house: BackupHouse
let main: { dir: string; id: string }
let second: { dir: string; id: string }
beforeAll(async () => {
  house = await openBackupHouse()
  const { orgId } = await furnish(house)
  await house.cli('orgs', 'create', 'Second', '--slug', 'second')
  await writeFile(join(house.dir, 'other.txt'), 'words of another organization')
  await house.cli('ingest', join(house.dir, 'other.txt'), '--org', 'second', '--no-wait')
  const [row] = await ask(house.api.database.adminUrl, `select id::text from org where slug = 'second'`)
  main = { dir: house.folder(), id: orgId }
  second = { dir: house.folder(), id: String(row?.['id']) }
  for (const [slug, { dir }] of [['main', main], ['second', second]] as const) {
    const made = await house.cli('orgs', 'export', dir, '--org', slug, '--json')
    if (made.code !== 0) throw new Error(made.stderr + made.stdout)
  }
}, 300_000)
afterAll(() => house.close())

const isNative = () => house.kinds[0] === 'native'
const importInto = (env: Place, ...args: string[]) => runCli(['org', 'import', ...args], { env })
const verifyAgainst = async (env: Place, dir: string) => (await runCli(['verify', '--against', dir, '--json'], { env })).json()
const adminOf = (place: Place): string => place['DATABASE_ADMIN_URL'] ?? ''
/** Another operator's, with one of the two in it. */
async function placeWith(dir: string): Promise<Place> {
  const place = await house.emptyPlace('native', { SECRET_KEY: randomBytes(32).toString('hex') })
  expect(await importInto(place, dir)).toMatchObject({ code: 0 })
  return place
}

/** Every row of the organization and every account, byte for byte as Postgres spells them, by table. */
async function rowsOf(place: Place, orgId: string): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {}
  for (const { name } of await ask(adminOf(place), 'select name from app.tenant_tables()')) {
    const where = `where ${name === 'org' ? 'id' : 'org_id'} = '${orgId}'`
    found[String(name)] = (await ask(adminOf(place), `select count(*)::int as rows, md5(string_agg(t::text, E'\\n' order by t::text)) as sum from ${String(name)} t ${where}`))[0]
  }
  found['accounts'] = await ask(adminOf(place), `select t::text from user_account t where id in (select user_id from membership where org_id = '${orgId}') order by 1`)
  return found
}
/** What the installation itself wrote down. */
const imports = (place: Place) => ask(adminOf(place), `select subject_id as id from audit where action = 'orgs.import' order by xid, id`)

test('an organization is imported beside another one that stays byte for byte as it is; both are equal to their exports, and the chains of both hold and go on', async () => {
  if (!isNative()) return
  const place = await placeWith(second.dir)
  const before = await rowsOf(place, second.id)
  expect(await importInto(place, main.dir)).toMatchObject({ code: 1, stderr: expect.stringContaining('is not empty') })
  expect(await rowsOf(place, second.id)).toEqual(before)
  expect(await importInto(place, main.dir, '--beside', '--json')).toMatchObject({ code: 0 })
  expect(await rowsOf(place, second.id)).toEqual(before)
  for (const { dir } of [main, second]) expect(await verifyAgainst(place, dir)).toMatchObject({ ok: true, differences: [] })
  expect(await imports(place)).toEqual([{ id: second.id }, { id: main.id }])
  const { modules, close } = await openModules(place)
  try {
    for (const { id } of [main, second]) {
      const actor = systemActor(id as OrgId, newId())
      const { lines } = await modules.audit.export(actor, { format: 'jsonl' })
      for await (const _ of lines) continue
      do await modules.audit.seal()
      while (await modules.audit.lag() > 0)
      expect(await modules.audit.verify(actor, {})).toMatchObject({ ok: true, broken: null, unsealed: 0 })
    }
  } finally {
    await close()
  }
})

const event = (id: string): string => `insert into event (id, org_id, type, actor_id, payload) overriding system value values (${id}, '${second.id}', 'test', '${second.id}', '{}')`

test.each<[string, (place: Place) => Promise<string>, RegExp]>([
  ['a number of an event', async () => event((await ask(house.api.database.adminUrl, `select min(id)::text as id from event where org_id = '${main.id}'`))[0]?.['id'] as string), /An id of the export is taken .*event, Key \(id\)=\(\d+\)/],
  ['an address of a member', async () => `insert into user_account (id, email, name, password_hash) values ('${newId()}', 'żaneta@example.org', 'Somebody', 'x')`, /The account żaneta@example\.org .* under another id or address/],
  ['an account with another address', async () => `update user_account set email = 'moved@example.org' where email = 'admin@example.org'`, /The account moved@example\.org/],
  ['the short name', async () => `update org set slug = 'main'`, /The organization main is there already/],
])('where %s is taken the import is refused, says what it is, and changes nothing', async (_what, taken, said) => {
  if (!isNative()) return
  const place = await placeWith(second.dir)
  await ask(adminOf(place), `set session_replication_role = replica; ${await taken(place)}`)
  const before = await rowsOf(place, second.id)
  const refused = await importInto(place, main.dir, '--beside')
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(said) })
  expect(await rowsOf(place, second.id)).toEqual(before)
  expect(await ask(adminOf(place), `select from org where id = '${main.id}'`)).toEqual([])
  // The installation goes on: nothing says of it that a restore is unfinished.
  const { close } = await openModules(place)
  await close()
})
