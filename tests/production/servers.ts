import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { environmentWith } from '@intellidocs/kernel'
import { asAdmin, prepareNativePostgres, withDatabase } from '@intellidocs/testing'
import { findTemporal } from '../../apps/launcher/src/preflight.ts'
import { startSmtpServer, type TestSmtpServer } from '../../packages/mail/src/smtp-server.testkit.ts'
import { findVersitygw, startVersitygw } from '../../packages/storage/src/versitygw.testkit.ts'
import { createManagedProcess } from '../faults/harness/managed-process.ts'
import { prepareTemporal } from '../faults/harness/servers.ts'

const root = join(import.meta.dirname, '..', '..')

/** The servers that `docker-compose.yml` brings up, natively: what the product is told of them, and how they end. */
export type Servers = {
  readonly env: Readonly<Record<string, string>>
  /** The owner of the schema; a superuser. */
  readonly adminUrl: string
  readonly temporal: { readonly binary: string; readonly address: string }
  readonly mail: TestSmtpServer
  close(): Promise<void>
}

type Undo = (() => Promise<unknown>)[]

/** Postgres 17 with fsync, Temporal with its own database, an S3 store, and a mail server. The product's database is as the compose file's script makes it. */
export async function startServers(folder: string): Promise<Servers> {
  const undo: Undo = []
  const close = async (): Promise<void> => { for (const step of undo.splice(0).reverse()) await step() }
  try {
    return { ...await start(folder, undo), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function start(folder: string, undo: Undo): Promise<Omit<Servers, 'close'>> {
  const serverUrl = await startPostgres(undo)
  const temporal = await prepareTemporal(folder)
  undo.push(() => temporal.process.stop())
  await temporal.process.start()
  const binary = findVersitygw()
  if (binary === null) throw new Error('there is no versitygw, and no Go to build it with')
  const s3 = await startVersitygw(binary)
  undo.push(() => s3.close())
  const mail = await startSmtpServer()
  undo.push(() => mail.close())

  const password = randomBytes(24).toString('hex')
  await makeRoles(serverUrl, password)
  const url = new URL(withDatabase(serverUrl, 'intellidocs', 'app_login'))
  url.password = password
  return {
    adminUrl: withDatabase(serverUrl, 'intellidocs'),
    temporal: { binary: findTemporal(), address: temporal.address }, mail,
    env: {
      DATABASE_URL: url.href, TEMPORAL_ADDRESS: temporal.address, BLOBS: `s3://${s3.bucket}?endpoint=${s3.endpoint}&region=us-east-1`,
      AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
      SMTP_URL: `smtp://127.0.0.1:${mail.port}`, MAIL_FROM: 'IntelliDocs <no-reply@example.org>',
    },
  }
}

async function startPostgres(undo: Undo): Promise<string> {
  const { url, command, args, cwd, remove } = await prepareNativePostgres({ durable: true })
  undo.push(remove)
  const answers = (): Promise<boolean> => asAdmin(url, 'select 1').then(() => true, () => false) // not up yet
  const server = createManagedProcess({ name: 'postgres', command, args, cwd, env: environmentWith({}), ready: answers, endSignal: 'SIGINT' })
  undo.push(() => server.stop())
  await server.start()
  return url
}

/** The statements of the script that the database's image runs on its empty volume. */
async function makeRoles(url: string, password: string): Promise<void> {
  const script = await readFile(join(root, 'docker', 'postgres-roles.sh'), 'utf8')
  const [, sql = ''] = /<<'SQL'\n([\s\S]*?)\nSQL/.exec(script) ?? []
  for (const statement of sql.split(';\n')) await asAdmin(url, statement.replaceAll(`:'password'`, `'${password}'`))
}
