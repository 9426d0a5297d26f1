import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asAdmin, withDatabase } from '@intellidocs/testing'
import pg from 'pg'
import { ADMIN, readWaiting, startApiProcess, type ApiProcess } from '../api-process.testkit.ts'
import { runCli, type Ran } from '../run.testkit.ts'

export type Place = Readonly<Record<string, string>>
export type DatabaseKind = 'native' | 'pglite'

export type BackupHouse = {
  readonly api: ApiProcess
  readonly dir: string
  /** A fresh path for a backup. */
  readonly folder: () => string
  readonly cli: (...args: string[]) => Promise<Ran>
  readonly upload: (name: string, content: string | Buffer) => Promise<void>
  /** An empty database and folder. Native where the tests have it, embedded always. */
  readonly emptyPlace: (kind: DatabaseKind, more?: Place) => Promise<Place>
  readonly kinds: readonly DatabaseKind[]
  readonly close: () => Promise<void>
}

/** The real API with three read documents, and what is needed to back it up and to restore elsewhere. */
export async function openBackupHouse(): Promise<BackupHouse> {
  const api = await startApiProcess()
  const dir = await mkdtemp(join(tmpdir(), 'intellidocs-backup-'))
  const env = { ...api.env, DATABASE_ADMIN_URL: api.database.adminUrl, XDG_CONFIG_HOME: join(dir, 'config'), INTELLIDOCS_URL: api.url }
  const databases: string[] = []
  const cli = (...args: string[]) => runCli(args, { env })
  await runCli(['login', '--email', ADMIN.email, '--password-stdin'], { env, stdin: `${ADMIN.password}\n` })

  async function upload(name: string, content: string | Buffer): Promise<void> {
    await writeFile(join(dir, name), content)
    const { code, stderr } = await cli('ingest', join(dir, name), '--no-wait', '--again')
    if (code !== 0) throw new Error(stderr)
  }

  async function emptyPlace(kind: DatabaseKind, more: Place = {}): Promise<Place> {
    const place = {
      DATA_DIR: join(dir, randomUUID()), SECRET_KEY: api.env['SECRET_KEY'] ?? '', INTELLIDOCS_EMBEDDED: '1', XDG_CONFIG_HOME: join(dir, 'config'),
    }
    if (kind === 'pglite') return { ...place, ...more }
    const name = `restored_${randomUUID().replaceAll('-', '')}`
    databases.push(name)
    await asAdmin(api.database.adminUrl, `create database ${name}`)
    const admin = withDatabase(api.database.adminUrl, name)
    return { ...place, DATABASE_URL: withDatabase(admin, name, 'app_login'), DATABASE_ADMIN_URL: admin, ...more }
  }

  for (const name of ['one.txt', 'two.txt', 'three.txt']) await upload(name, `words of ${name}`)
  await readWaiting(api.database)
  return {
    api, dir, cli, upload, emptyPlace, folder: () => join(dir, randomUUID()),
    kinds: api.database.kind === 'native' ? ['native', 'pglite'] : ['pglite'],
    async close() {
      for (const name of databases) await asAdmin(api.database.adminUrl, `drop database ${name} with (force)`)
      await api.close()
      await rm(dir, { recursive: true })
    },
  }
}

/** The rows of one statement, past every wall. */
export async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}
