import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asAdmin, withDatabase } from '@intellidocs/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMIN, readWaiting, startApiProcess, type ApiProcess } from '../api-process.testkit.ts'
import { runCli } from '../run.testkit.ts'

let api: ApiProcess
let dir: string
let env: Record<string, string>
const databases: string[] = []
const cli = (...args: string[]) => runCli(args, { env })
const restoreInto = (place: Record<string, string>, ...args: string[]) => runCli(['restore', ...args], { env: { ...place, XDG_CONFIG_HOME: dir } })

beforeAll(async () => {
  api = await startApiProcess()
  dir = await mkdtemp(join(tmpdir(), 'intellidocs-backup-'))
  env = { ...api.env, DATABASE_ADMIN_URL: api.database.adminUrl, XDG_CONFIG_HOME: join(dir, 'config'), INTELLIDOCS_URL: api.url }
  await runCli(['login', '--email', ADMIN.email, '--password-stdin'], { env, stdin: `${ADMIN.password}\n` })
  for (const name of ['one.txt', 'two.txt', 'three.txt']) await upload(name, `words of ${name} \u2028 "quoted" \\ é\tend`)
  await readWaiting(api.database)
})
afterAll(async () => {
  for (const name of databases) await asAdmin(api.database.adminUrl, `drop database ${name} with (force)`)
  await api.close()
  await rm(dir, { recursive: true })
})

async function upload(name: string, content: string | Buffer): Promise<void> {
  const path = join(dir, name)
  await writeFile(path, content)
  expect(await cli('ingest', path, '--no-wait', '--again')).toMatchObject({ code: 0 })
}

/** An empty database and folder: native beside the first where there is one, else embedded. */
async function emptyPlace(kind: 'native' | 'pglite'): Promise<Record<string, string>> {
  const place = { DATA_DIR: join(dir, randomUUID()), SECRET_KEY: api.env['SECRET_KEY'] ?? '', INTELLIDOCS_EMBEDDED: '1' }
  if (kind === 'pglite') return place
  const name = `restored_${randomUUID().replaceAll('-', '')}`
  databases.push(name)
  await asAdmin(api.database.adminUrl, `create database ${name}`)
  const admin = withDatabase(api.database.adminUrl, name)
  return { ...place, DATABASE_URL: withDatabase(admin, name, 'app_login'), DATABASE_ADMIN_URL: admin }
}

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}
const kinds = (): ('native' | 'pglite')[] => (api.database.kind === 'native' ? ['native', 'pglite'] : ['pglite'])
type Backup = { ok: boolean; snapshot: string; blobs: { named: number; copied: number } }

test('a backup comes back whole into either database, and a second one copies new files only', async () => {
  const folder = join(dir, 'backups')
  const first = (await cli('backup', folder, '--json')).json() as Backup
  expect(first).toMatchObject({ ok: true, blobs: { named: 3, copied: 3 } })
  await upload('four.txt', randomBytes(300_000))
  expect((await cli('backup', folder, '--json')).json()).toMatchObject({ ok: true, blobs: { named: 4, copied: 1 } })
  expect((await readdir(join(folder, 'snapshots'))).sort()[0]).toBe(first.snapshot)

  for (const kind of kinds()) {
    const place = await emptyPlace(kind)
    expect(await restoreInto(place, folder, '--json')).toMatchObject({ code: 0, stderr: '' })
    const verified = await runCli(['verify', '--json'], { env: place })
    expect(verified.json()).toMatchObject({ ok: true, documents: 4, blobs: 4 })
    const older = await emptyPlace(kind)
    expect(await restoreInto(older, folder, '--snapshot', first.snapshot)).toMatchObject({ code: 0, stdout: expect.stringContaining('restored') })
    expect((await runCli(['verify', '--json'], { env: older })).json()).toMatchObject({ ok: true, documents: 3, blobs: 3 })
  }
})
