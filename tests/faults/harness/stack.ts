import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@intellidocs/kernel'
import pg from 'pg'
import type { Env, ManagedProcess } from './managed-process.ts'
import { joinOrgs, type Org } from './orgs.ts'
import { prepareProgram, prepareTemporal, startNative, startPGlite, type Postgres, type Temporal } from './servers.ts'
import { mountSmallDisk } from './small-disk.ts'

export type StackOptions = {
  /** Native with fsync unless said otherwise. */
  readonly database?: 'native' | 'pglite'
  readonly apis?: number
  readonly workers?: number
  /** More variables for every API and worker in all their lives. */
  readonly env?: Env
  /** Folders below the data folder that become disks of their own, by their bytes: `{ blobs: 8e6 }`. */
  readonly smallDisks?: Readonly<Record<string, number>>
}

export type Api = ManagedProcess & { readonly url: string }

/** The whole product as real processes on free ports and a throw-away folder. Nobody restarts what is killed but the test. */
export type Stack = {
  readonly dataDir: string
  readonly database: Postgres
  readonly postgres: ManagedProcess
  readonly temporal: Temporal
  readonly apis: readonly Api[]
  readonly workers: readonly ManagedProcess[]
  /** The first of each, for stacks of one. */
  readonly api: Api
  readonly worker: ManagedProcess
  /** Two organizations: nothing of one may ever reach the other. */
  readonly orgs: readonly [Org, Org]
  /** What `intellidocs verify` is given to find this installation. */
  readonly env: Env
  /** One statement past every wall, on a connection of its own. Throws while the database is away. */
  sql<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>
  /** The last lines of every process, for the message of a failure. */
  logs(): string
  /** Has something done at the end, before the processes are ended. */
  atEnd(work: () => Promise<unknown>): void
  /** Ends every process and removes the folder. */
  stop(): Promise<void>
}

/** The account of the first start. */
export const ADMIN = { ADMIN_EMAIL: 'admin@example.org', ADMIN_PASSWORD: 'correct horse battery staple' }

type Undo = (() => Promise<unknown>)[]

/** Starts everything; takes some seconds. Whatever was started is ended again when a later part fails. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const undo: Undo = []
  const stop = async (): Promise<void> => {
    const errors: unknown[] = []
    // Each of them whatever became of the one before: nothing may be left running or lying about.
    for (const step of undo.splice(0).reverse()) await step().catch((error: unknown) => { errors.push(error) })
    if (errors.length > 0) throw new AggregateError(errors, 'the product could not be ended in order')
  }
  try {
    return await start(options, { undo, stop })
  } catch (error) {
    await stop()
    throw error
  }
}

async function start(options: StackOptions, { undo, stop }: { undo: Undo; stop: () => Promise<void> }): Promise<Stack> {
  const dataDir = await mkdtemp(join(tmpdir(), 'intellidocs-faults-'))
  undo.push(() => rm(dataDir, { recursive: true, force: true }))
  for (const [folder, bytes] of Object.entries(options.smallDisks ?? {})) undo.push(await mountSmallDisk({ folder: join(dataDir, folder), bytes }))

  const database = options.database === 'pglite' ? await startPGlite(dataDir) : await startNative()
  undo.push(() => database.remove(), () => database.process.stop())
  const temporal = await prepareTemporal(dataDir)
  undo.push(() => temporal.process.stop())
  await temporal.process.start()

  const env = {
    DATA_DIR: dataDir, DATABASE_URL: database.url, TEMPORAL_ADDRESS: temporal.address, SECRET_KEY: randomBytes(32).toString('hex'),
    INTELLIDOCS_EMBEDDED: '1', LOG_LEVEL: 'warn', BLOBS: '', DATABASE_ADMIN_URL: '', PUBLIC_URL: '', ...ADMIN,
  }
  const apis = await Promise.all(Array.from({ length: options.apis ?? 1 }, (_, at) => prepareApi(`api-${at + 1}`, { ...env, ...options.env })))
  const workers = Array.from({ length: options.workers ?? 1 }, (_, at) => prepareProgram('worker', `worker-${at + 1}`, { ...env, ...options.env }))
  const [[api], [worker]] = [apis, workers]
  if (api === undefined || worker === undefined) throw new Error('a stack has at least one API and one worker')
  const programs = [...apis, ...workers]
  undo.push(() => Promise.all(programs.map((program) => program.stop())))
  // The first of each alone: it makes the first account, and the bundle of workflows that the others find.
  await Promise.all([api.start(), worker.start()])
  await Promise.all([...apis.slice(1), ...workers.slice(1)].map((program) => program.start()))
  const orgs = await joinOrgs(api.url, { email: ADMIN.ADMIN_EMAIL, password: ADMIN.ADMIN_PASSWORD })

  const processes = [database.process, temporal.process, ...programs]
  return {
    dataDir, database, postgres: database.process, temporal, apis, workers, api, worker, orgs, env: { ...env, ...options.env }, stop,
    sql: (text, values = []) => query(database.adminUrl, text, values),
    atEnd: (work) => { undo.push(work) },
    logs: () => processes.map(({ name, log }) => `--- ${name}\n${log()}`).join('\n'),
  }
}

/** On one port for all its lives, so that clients find it again. */
async function prepareApi(name: string, env: Env): Promise<Api> {
  const port = await freePort()
  return { ...prepareProgram('api', name, { ...env, PORT: String(port) }), url: `http://127.0.0.1:${port}` }
}

async function query<Row extends pg.QueryResultRow>(url: string, text: string, values: readonly unknown[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => undefined) // the statement fails with the same error
  await client.connect()
  try {
    return (await client.query<Row>(text, [...values])).rows
  } finally {
    await client.end()
  }
}
