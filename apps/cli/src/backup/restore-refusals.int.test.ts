import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '@intellidocs/db'
import { createLog } from '@intellidocs/kernel'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { runCli } from '../run.testkit.ts'
import { ask, openBackupHouse, type BackupHouse, type Place } from './backup.testkit.ts'

// Each restores into databases that are started for it.
vi.setConfig({ testTimeout: 300_000 })

const CLI = fileURLToPath(new URL('../../bin/intellidocs.mjs', import.meta.url))

let house: BackupHouse
let sound: string
let folder: string
beforeAll(async () => {
  house = await openBackupHouse()
  sound = house.folder()
  await house.cli('backup', sound)
})
afterAll(() => house.close())
beforeEach(async () => {
  folder = house.folder()
  await cp(sound, folder, { recursive: true })
})

const kind = () => house.kinds[0] ?? 'pglite'
const restore = (env: Place, ...args: string[]) => runCli(['restore', ...args], { env })
const snapshotOf = async (dir: string) => join(dir, 'snapshots', (await readdir(join(dir, 'snapshots')))[0] ?? '')
async function firstBlob(dir: string): Promise<string> {
  const [org = ''] = await readdir(join(dir, 'blobs', 'org'))
  const [blob = ''] = await readdir(join(dir, 'blobs', 'org', org))
  return join(dir, 'blobs', 'org', org, blob)
}
async function flip(path: string): Promise<void> {
  const bytes = await readFile(path)
  const at = Math.floor(bytes.length / 2)
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  await writeFile(path, bytes)
}
async function expectUntouched(place: Place): Promise<void> {
  expect(await readdir(join(place['DATA_DIR'] ?? '', 'blobs', 'org')).catch(() => [])).toEqual([])
  if (place['DATABASE_ADMIN_URL']) {
    expect(await ask(place['DATABASE_ADMIN_URL'], `select count(*)::int as n from pg_class where relname = 'org'`)).toEqual([{ n: 0 }])
  }
}

test.each<[string, () => Promise<string>, (path: string) => Promise<void>, RegExp]>([
  ['a flipped byte in a table', async () => join(await snapshotOf(folder), 'document.jsonl.gz'), flip, /document\.jsonl\.gz is damaged/],
  ['a table that is missing', async () => join(await snapshotOf(folder), 'event.jsonl.gz'), (path) => rm(path), /event\.jsonl\.gz is missing/],
  ['a flipped byte in a file', () => firstBlob(folder), flip, /blobs\/org\/[0-9a-f-]+\/[0-9a-f]{64} is damaged/],
  ['a file that is missing', () => firstBlob(folder), (path) => rm(path), /blobs\/org\/[0-9a-f-]+\/[0-9a-f]{64} is missing/],
  ['a flipped byte in the manifest', async () => join(await snapshotOf(folder), 'manifest.json'), flip, /damaged: .*manifest\.json/],
])('%s is named, and nothing is restored', async (_what, pathOf, damage, said) => {
  await damage(await pathOf())
  const place = await house.emptyPlace(kind())
  const ran = await restore(place, folder)
  expect(ran.code).toBe(1)
  expect(ran.stdout + ran.stderr).toMatch(said)
  await expectUntouched(place)
  expect(await restore(place, folder, '--check')).toMatchObject({ code: 1 })
})

test('a sound backup can be checked without restoring it', async () => {
  const place = await house.emptyPlace(kind())
  expect((await restore(place, folder, '--check', '--json')).json()).toMatchObject({ ok: true, faults: [] })
  await expectUntouched(place)
})

test('a database that holds anything is refused and keeps it', async () => {
  const place = await house.emptyPlace(kind())
  expect(await restore(place, folder)).toMatchObject({ code: 0 })
  const again = await restore(place, folder)
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('not empty') })
  expect((await runCli(['verify', '--json'], { env: place })).json()).toMatchObject({ ok: true, documents: 3 })
})

test('a store of files that holds anything else is refused and keeps it', async () => {
  const place = await house.emptyPlace(kind())
  const stray = join(place['DATA_DIR'] ?? '', 'blobs', 'org', '0193f0c2-0000-7000-8000-0000000000aa')
  await mkdir(stray, { recursive: true })
  await writeFile(join(stray, 'a'.repeat(64)), 'mine')
  expect(await restore(place, folder)).toMatchObject({ code: 1, stderr: expect.stringContaining('store of files is not empty') })
  expect(await readFile(join(stray, 'a'.repeat(64)), 'utf8')).toBe('mine')
})

test('a restore that cannot finish leaves an empty database that nobody serves, and the same command finishes it', async () => {
  if (kind() !== 'native') return
  const place = await house.emptyPlace('native')
  // A file where the store keeps what is arriving: it can be listed, and takes nothing.
  await mkdir(join(house.dir, 'blocked'))
  await writeFile(join(house.dir, 'blocked', 'tmp'), '')
  const ran = await restore({ ...place, BLOBS: `file:${join(house.dir, 'blocked')}` }, folder)
  expect(ran).toMatchObject({ code: 1, stdout: expect.stringContaining('rows:') })
  const admin = place['DATABASE_ADMIN_URL'] ?? ''
  const counted = await ask(admin, 'select (select count(*) from org)::int as orgs, (select count(*) from event)::int as events')
  expect(counted).toEqual([{ orgs: 0, events: 0 }])
  const database = openDatabase({ url: place['DATABASE_URL'] ?? '', log: createLog({ level: 'silent', name: 'test' }) })
  await expect(database.assertWalls()).rejects.toThrow(/restore .* not finished/)
  expect(await restore(place, folder)).toMatchObject({ code: 1, stderr: expect.stringContaining('in use') })
  await database.close()
  expect(await restore(place, folder)).toMatchObject({ code: 0 })
  expect((await runCli(['verify', '--json'], { env: place })).json()).toMatchObject({ ok: true, documents: 3 })
})

test('a restore that is killed while it copies files can be repeated', async () => {
  for (let at = 0; at < 40; at += 1) await house.upload(`killed-${at}.bin`, randomBytes(200_000))
  const large = house.folder()
  await house.cli('backup', large)
  const place = await house.emptyPlace(kind())
  const child = spawn(process.execPath, [CLI, 'restore', large], { env: { PATH: process.env['PATH'], ...place }, stdio: ['ignore', 'pipe', 'inherit'] })
  child.stdout.on('data', (chunk: Buffer) => { if (/^rows:/m.test(chunk.toString())) child.kill('SIGKILL') })
  await new Promise((resolve) => { child.once('exit', resolve) })
  expect(child.signalCode).toBe('SIGKILL')
  // The server may take a moment to notice that its client is gone, and refuses until then.
  await vi.waitFor(async () => expect(await restore(place, large)).toMatchObject({ code: 0 }), 30_000)
  expect((await runCli(['verify', '--json'], { env: place })).json()).toMatchObject({ ok: true, documents: 43, orphan_blobs: 0 })
})

test('what another secret key sealed is not lost silently', async () => {
  const { adminUrl } = house.api.database
  const sealedIn = house.folder()
  await ask(adminUrl, `update document_version set password_cipher = '\\x0102' where file_name = 'one.txt'`)
  await house.cli('backup', sealedIn)
  await ask(adminUrl, 'update document_version set password_cipher = null')
  const other = randomBytes(32).toString('hex')
  const place = await house.emptyPlace(kind(), { SECRET_KEY: other })
  expect(await restore(place, sealedIn)).toMatchObject({ code: 1, stderr: expect.stringContaining('another SECRET_KEY') })
  await expectUntouched(place)
  const rotated = await house.emptyPlace(kind(), { SECRET_KEY: other, SECRET_KEY_OLD: house.api.env['SECRET_KEY'] ?? '' })
  expect(await restore(rotated, sealedIn)).toMatchObject({ code: 0 })
  expect(await restore(place, sealedIn, '--drop-sealed')).toMatchObject({ code: 0 })
  if (place['DATABASE_ADMIN_URL']) {
    expect(await ask(place['DATABASE_ADMIN_URL'], 'select count(*)::int as n from document_version where password_cipher is not null')).toEqual([{ n: 0 }])
  }
  expect((await readFile(join(await snapshotOf(sealedIn), 'manifest.json'), 'utf8'))).not.toContain(house.api.env['SECRET_KEY'])
})

test('a login that policies bind is refused before anything is written: no backup is empty because of them', async () => {
  if (kind() !== 'native') return
  const env = { ...house.api.env, XDG_CONFIG_HOME: house.dir }
  const to = house.folder()
  expect(await runCli(['backup', to], { env })).toMatchObject({ code: 1, stderr: expect.stringContaining('DATABASE_ADMIN_URL') })
  expect(await readdir(join(to, 'snapshots')).catch(() => [])).toEqual([])
})

test('a folder that holds something else is not backed up into; a document and a folder are never taken for each other', async () => {
  expect(await house.cli('backup', join(house.dir, 'config'))).toMatchObject({ code: 1, stderr: expect.stringContaining('something else') })
  expect(await house.cli('restore', join(house.dir, 'config'))).toMatchObject({ code: 1, stderr: expect.stringContaining('without a backup') })
  expect(await house.cli('restore', 'one.txt', folder)).toMatchObject({ code: 2 })
  expect(await house.cli('restore', 'one.txt', '--check')).toMatchObject({ code: 2 })
  expect(await house.cli('rm', 'two.txt')).toMatchObject({ code: 0 })
  expect(await house.cli('restore', 'two.txt')).toMatchObject({ code: 0, stdout: expect.stringContaining('restored: two.txt') })
})
