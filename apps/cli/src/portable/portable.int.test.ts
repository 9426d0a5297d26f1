import { createHash, randomBytes } from 'node:crypto'
import { cp, mkdir, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { signerFrom, verifyExport } from '@intellidocs/audit'
import type { OrgId } from '@intellidocs/contracts'
import { carried, listOrgNames } from '@intellidocs/db'
import { createAuditKeys, hashOfNobody } from '@intellidocs/domain'
import { newId, systemActor } from '@intellidocs/kernel'
import type { BlobStore } from '@intellidocs/storage'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ask, openBackupHouse, type BackupHouse, type Place } from '../backup/backup.testkit.ts'
import { openInstallation } from '../backup/installation.ts'
import { openModules } from '../open-modules.ts'
import { runCli } from '../run.testkit.ts'
import { exportOrg } from './export.ts'
import { openExportFolder, paths } from './folder.ts'
import { readManifest } from './manifest.ts'
import { flip, forge, furnish } from './portable.testkit.ts'

// Each imports into databases that are started for it.
vi.setConfig({ testTimeout: 300_000 })

let house: BackupHouse
let sound: string
let org: Awaited<ReturnType<typeof furnish>>
beforeAll(async () => {
  house = await openBackupHouse()
  org = await furnish(house)
  sound = house.folder()
  const made = await house.cli('orgs', 'export', sound, '--org', 'main', '--json')
  if (made.code !== 0) throw new Error(made.stderr + made.stdout)
}, 300_000)
afterAll(() => house.close())

const kind = () => house.kinds[0] ?? 'pglite'
/** Another operator's: with another secret key. */
const otherPlace = (of = kind()) => house.emptyPlace(of, { SECRET_KEY: randomBytes(32).toString('hex') })
const importInto = (env: Place, ...args: string[]) => runCli(['org', 'import', ...args], { env })
const verifyAgainst = (env: Place, dir: string) => runCli(['verify', '--against', dir, '--json'], { env })
const adminOf = (place: Place): string => place['DATABASE_ADMIN_URL'] ?? ''

async function copyOfSound(): Promise<string> {
  const folder = house.folder()
  await cp(sound, folder, { recursive: true })
  return folder
}

test('an export holds every kind of row but secrets, and nobody else on the machine may read it', async () => {
  const { manifest } = await readManifest(paths(sound).manifest, [])
  const rows = Object.fromEntries(manifest.tables.map((table) => [table.name, table.rows]))
  expect(Object.keys(rows).sort()).toEqual(Object.keys(carried).sort())
  // Reactions and checkpoints are there when something is waiting or was signed.
  expect(Object.entries(rows).filter(([name, n]) => n === 0 && name !== 'delivery' && name !== 'audit_checkpoint')).toEqual([])
  for (const [path, mode] of [[sound, 0o700], [join(sound, 'rows'), 0o700], [join(sound, 'manifest.json'), 0o600], [join(sound, 'rows', 'page.ndjson.gz'), 0o600], [join(sound, 'blobs', 'org', org.orgId), 0o700]] as const) {
    expect([path, (await stat(path)).mode & 0o777]).toEqual([path, mode])
  }
})

test('in an empty installation of another operator everything is equal, row by row and byte by byte, and the chain holds and goes on', async () => {
  for (const of of house.kinds) {
    const place = await otherPlace(of)
    const { signer } = createAuditKeys({ secretKey: Buffer.from(house.api.env['SECRET_KEY'] ?? '', 'hex') })
    expect(await importInto(place, sound, '--key', signer.publicKey, '--json')).toMatchObject({ code: 0, stderr: '' })
    const compared = await verifyAgainst(place, sound)
    expect(compared.json()).toMatchObject({ ok: true, differences: [], blobs: { exported: 3, there: 3 } })
    // What follows has nothing to do with the kind of database, and the embedded one is started for each command.
    if (of !== kind()) continue
    expect((await runCli(['verify', '--json', '--no-runs'], { env: place })).json()).toMatchObject({ documents: 3, blobs: 3, missing: 0, unreadable: 0 })

    const { modules, close } = await openModules(place)
    try {
      const actor = systemActor(org.orgId as OrgId, newId())
      const before = await modules.audit.verify(actor, {})
      expect(before).toMatchObject({ ok: true, broken: null })
      expect(before.unsealed).toBeGreaterThan(0)
      const { lines } = await modules.audit.export(actor, { format: 'jsonl' })
      let text = ''
      for await (const part of lines) text += part
      const report = await verifyExport((async function* () { yield* text.split('\n').slice(0, -1) })(), { keys: [modules.audit.key().publicKey] })
      expect(report).toMatchObject({ ok: true, complete: true, broken: null })
      expect(report.rows).toBeGreaterThan(before.checked)
      const after = await modules.audit.verify(actor, {})
      expect(after).toMatchObject({ ok: true, broken: null })
      // But for the rows of the export itself: its signature's, and its beginning's where a transaction elsewhere in the cluster holds the feed's horizon back.
      const { items } = await modules.audit.list(actor, { limit: after.unsealed + 1 })
      const unsealed = items.filter(({ seq }) => seq === null).map(({ action }) => action)
      expect(unsealed.filter((action) => !['audit.export', 'audit.checkpoint'].includes(action))).toEqual([])
      expect(unsealed).toHaveLength(after.unsealed)
    } finally {
      await close()
    }
    // What came since is a difference.
    expect(await verifyAgainst(place, sound)).toMatchObject({ code: 1 })
  }
})

let imported: Place | undefined
/** Shared by those who leave it as it was. */
async function importedOnce(): Promise<Place> {
  if (imported !== undefined) return imported
  imported = await otherPlace()
  expect(await importInto(imported, sound)).toMatchObject({ code: 0 })
  return imported
}

test('nobody gets a password, a key, a right over the installation or a proven address by an import, and the installation notes it', async () => {
  const place = await importedOnce()
  if (kind() !== 'native') return
  expect(await ask(adminOf(place), `select email, name, locale, password_hash as hash, platform_admin as admin, email_verified_at as verified, status from user_account order by email`)).toEqual([
    { email: 'admin@example.org', name: 'Administrator', locale: 'en', hash: hashOfNobody, admin: false, verified: null, status: 'active' },
    { email: 'żaneta@example.org', name: 'Żaneta', locale: 'pt', hash: hashOfNobody, admin: false, verified: null, status: 'active' },
  ])
  expect(await ask(adminOf(place), `select (select count(*) from api_key)::int as keys, (select count(*) from invitation)::int as invitations, (select count(*) from session)::int as sessions,
    (select count(*) from one_time_token)::int as tokens, (select count(*) from webhook_endpoint)::int as webhooks, (select count(*) from document_version where password_cipher is not null)::int as sealed`))
    .toEqual([{ keys: 0, invitations: 0, sessions: 0, tokens: 0, webhooks: 0, sealed: 0 }])
  expect(await ask(adminOf(place), `select action, subject_id as id, data->>'manifest' ~ '^[0-9a-f]{64}$' as hashed, (data->'rows'->>'document')::int as documents from audit where org_id = app.platform_id()`))
    .toEqual([{ action: 'orgs.import', id: org.orgId, hashed: true, documents: 3 }])
})

const firstBlob = async (dir: string): Promise<string> => join(dir, 'blobs', 'org', org.orgId, (await readdir(join(dir, 'blobs', 'org', org.orgId)))[0] ?? '')
const foreign = '0193f0c2-0000-7000-8000-0000000000aa'
const rowsOf = (dir: string, table: string): string => join(dir, 'rows', `${table}.ndjson.gz`)

test.each<[string, (dir: string) => Promise<unknown>, RegExp]>([
  ['a flipped byte in rows', (dir) => flip(rowsOf(dir, 'document')), /rows\/document\.ndjson\.gz is damaged/],
  ['rows that are missing', (dir) => rm(rowsOf(dir, 'event')), /rows\/event\.ndjson\.gz is missing/],
  ['a link instead of a file', async (dir) => { await rename(rowsOf(dir, 'page'), `${dir}.page`); await symlink(`${dir}.page`, rowsOf(dir, 'page')) }, /page\.ndjson\.gz is no file/],
  ['a flipped byte in a file', async (dir) => flip(await firstBlob(dir)), /blobs\/org\/[0-9a-f-]+\/[0-9a-f]{64} is damaged/],
  ['a file that is missing', async (dir) => rm(await firstBlob(dir)), /[0-9a-f]{64} is missing/],
  ['a changed manifest', (dir) => flip(join(dir, 'manifest.json')), /damaged|not signed/],
  ['an export that was not completed', (dir) => rm(join(dir, 'manifest.json')), /no complete export/],
  ['an unknown format', (dir) => forge(dir, { manifest: () => ({ format: 2 }) }), /has format 2/],
  ['a path that leads elsewhere', (dir) => forge(dir, { manifest: ({ tables }) => ({ tables: tables.map((table) => ({ ...table, name: table.name === 'page' ? '../../page' : table.name })) }) }), /does not say what format/],
  ['a row of another organization', (dir) => forge(dir, { table: 'page', lines: (lines) => lines.map((line) => ({ ...line, org_id: foreign })) }), /page: a row belongs to another organization/],
  ['another organization than the manifest says', (dir) => forge(dir, { manifest: ({ org: it }) => ({ org: { ...it, id: foreign } }) }), /belongs to another organization/],
  ['the installation itself as organization', (dir) => forge(dir, { manifest: ({ org: it }) => ({ org: { ...it, id: '00000000-0000-0000-0000-000000000001' } }) }), /does not say what format/],
  ['a line that is no row', (dir) => forge(dir, { table: 'page', lines: (lines) => lines.map((line) => ({ ...line, more: '1' })) }), /page: a line is not a row/],
  ['an account of nobody', (dir) => forge(dir, { table: 'user_account', lines: (lines) => [...lines, { ...lines[0], id: foreign, email: 'mallory@example.org' }] }), /accounts are not those of the members/],
  ['a right over the installation', (dir) => forge(dir, {
    table: 'user_account', lines: (lines) => lines.map((line) => ({ ...line, platform_admin: 't' })),
    manifest: ({ tables }) => ({ tables: tables.map((table) => (table.name === 'user_account' ? { ...table, columns: [...table.columns, { name: 'platform_admin', type: 'boolean' }] } : table)) }),
  }), /user_account\.platform_admin, which does not belong/],
  ['a kind that is no part of an export', (dir) => forge(dir, { manifest: ({ tables }) => ({ tables: tables.map((table) => (table.name === 'page' ? { ...table, name: 'session' } : table)) }) }), /session, which does not belong/],
  ['an audit row that was changed', (dir) => forge(dir, { table: 'audit', lines: (lines) => lines.map((line, at) => (at === 1 ? { ...line, action: 'nothing' } : line)) }), /audit is broken at 2/],
  ['an audit row that was taken out', (dir) => forge(dir, { table: 'audit', lines: (lines) => lines.slice(1) }), /audit is broken at 1/],
  ['a reference to what is not there', (dir) => forge(dir, { table: 'page', lines: ([first, ...others]) => [{ ...first, version_id: foreign }, ...others] }), /foreign key/],
])('%s is refused, and nothing is imported', async (_what, damage, said) => {
  const dir = await copyOfSound()
  await damage(dir)
  const place = await emptyOnce()
  const ran = await importInto(place, dir)
  expect(ran.code).toBe(1)
  expect(ran.stdout + ran.stderr).toMatch(said)
  await expectUntouched(place)
})

let refused: Place | undefined
/** Nothing is ever imported into it, so that all refusals share it. */
const emptyOnce = async (): Promise<Place> => (refused ??= await otherPlace())
async function expectUntouched(place: Place): Promise<void> {
  expect(await readdir(join(place['DATA_DIR'] ?? '', 'blobs', 'org')).catch(() => [])).toEqual([])
  if (kind() === 'native') expect(await listOrgNames(adminOf(place))).toEqual([])
}

test('an export that the trusted key did not sign is refused', async () => {
  const dir = await copyOfSound()
  await forge(dir, {})
  const place = await emptyOnce()
  const { signer } = createAuditKeys({ secretKey: Buffer.from(house.api.env['SECRET_KEY'] ?? '', 'hex') })
  expect(await importInto(place, dir, '--key', signer.publicKey)).toMatchObject({ code: 1, stderr: expect.stringContaining('not signed with the key that you trust') })
  expect(await importInto(place, dir, '--check')).toMatchObject({ code: 0, stderr: expect.stringContaining('was believed') })
  await expectUntouched(place)
})

test('where the organization is already nothing is imported', async () => {
  const place = await importedOnce()
  expect(await importInto(place, sound)).toMatchObject({ code: 1, stderr: expect.stringContaining('is there already') })
  expect((await verifyAgainst(place, sound)).json()).toMatchObject({ ok: true, differences: [] })
})

/** A store that counts what is read, and of which no more than `most` can be. */
function counting(store: BlobStore, most: number): { store: BlobStore; opened: string[] } {
  const opened: string[] = []
  return {
    opened,
    store: {
      ...store,
      async open(orgId, sha256, range) {
        if (opened.length === most) throw new Error('the line broke')
        opened.push(sha256)
        return store.open(orgId, sha256, range)
      },
    },
  }
}

test('an export that was interrupted goes on where it stopped; with rows taken anew where bytes of theirs are gone since', async () => {
  const from = await openInstallation({ ...house.api.env, DATABASE_ADMIN_URL: house.api.database.adminUrl })
  const [named] = await listOrgNames(from.databaseUrl)
  if (named === undefined) throw new Error('no organization')
  const steps = { begin: () => ({ advance: () => undefined, done: () => undefined }), stop: () => undefined }
  const signer = signerFrom(createHash('sha256').update('t').digest())
  const attempt = async (dir: string, most: number) => {
    const { at, lock } = await openExportFolder(dir)
    const { store, opened } = counting(from.blobs, most)
    const deps = { from: { ...from, blobs: store }, org: named, at, signer, product: 'test', steps, signal: new AbortController().signal }
    const made = await exportOrg(deps).catch((error: Error) => error.message)
    await lock.release()
    return { made, opened }
  }
  await house.upload('four.txt', randomBytes(1000))
  const dir = house.folder()
  const first = await attempt(dir, 1)
  expect(first).toMatchObject({ made: 'the line broke', opened: { length: 1 } })
  expect(await readdir(dir)).not.toContain('manifest.json')
  const second = await attempt(dir, 9)
  expect(second).toMatchObject({ made: { resumed: true, copied: 3, lost: [] }, opened: { length: 3 } })
  expect(second.opened).not.toContain(first.opened[0])
  expect(await openExportFolder(dir).catch((error: Error) => error.message)).toContain('holds a complete export')

  const other = house.folder()
  const { opened: [copied] } = await attempt(other, 1)
  const store = join(house.api.env['DATA_DIR'] ?? '', 'blobs', 'org', org.orgId)
  const gone = (await readdir(store)).find((sha256) => sha256 !== copied) ?? ''
  await rename(join(store, gone), join(house.dir, 'aside'))
  expect(await attempt(other, 9)).toMatchObject({ made: { resumed: false, copied: 2, lost: [{ sha256: gone }] } })
  await rename(join(house.dir, 'aside'), join(store, gone))
  await from.close()
})

test('an import that cannot finish leaves an empty database that nobody serves, and the same command finishes it', async () => {
  if (kind() !== 'native') return
  const place = await otherPlace()
  // A file where the store keeps what is arriving: it can be listed, and takes nothing.
  await mkdir(join(house.dir, 'blocked'))
  await writeFile(join(house.dir, 'blocked', 'tmp'), '')
  expect(await importInto({ ...place, BLOBS: `file:${join(house.dir, 'blocked')}` }, sound)).toMatchObject({ code: 1, stdout: expect.stringContaining('rows:') })
  expect(await listOrgNames(adminOf(place))).toEqual([])
  expect(await importInto(place, sound, '--json')).toMatchObject({ code: 0 })
  expect((await verifyAgainst(place, sound)).json()).toMatchObject({ ok: true, differences: [] })
})

test('whatever is changed, added or lost in either is named, with exit code 1', async () => {
  const place = await importedOnce()
  if (kind() !== 'native') return
  const url = adminOf(place)
  const differs = async (sql: string, back: string, said: string): Promise<void> => {
    await ask(url, sql)
    const ran = await verifyAgainst(place, sound)
    expect(ran.code).toBe(1)
    expect(JSON.stringify(ran.json())).toContain(said)
    await ask(url, back)
  }
  await differs(`update folder set name = 'c'`, `update folder set name = 'a/../b'`, 'folder: 1 row exported, 1 there; the first that differs: id=')
  await differs(`insert into kw_term (org_id, lexeme, df) values ('${org.orgId}', 'more', 1)`, `delete from kw_term where lexeme = 'more'`, 'lexeme=words, and there stands org_id=')
  await differs(`set session_replication_role = replica; update audit_seal set mac = '\\x00'`, 'select 1', 'was not made by this installation')
  const blob = await firstBlob(join(place['DATA_DIR'] ?? ''))
  await flip(blob)
  expect(JSON.stringify((await verifyAgainst(place, sound)).json())).toContain('is missing or damaged')
  await writeFile(join(blob, '..', 'f'.repeat(64)), 'more')
  expect(JSON.stringify((await verifyAgainst(place, sound)).json())).toContain('is not in the export')
})
