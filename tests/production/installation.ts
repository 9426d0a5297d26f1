import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '@intellidocs/kernel'
import { bound } from '@intellidocs/testing'
import { createManagedProcess, type Env, type ManagedProcess } from '../faults/harness/managed-process.ts'
import { joinOrgs, type Org } from '../faults/harness/orgs.ts'
import { startServers, type Servers } from './servers.ts'

const root = join(import.meta.dirname, '..', '..')
const ADMIN = { ADMIN_EMAIL: 'admin@example.org', ADMIN_PASSWORD: 'correct horse battery staple' }

export type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string }
export type Api = ManagedProcess & { readonly url: string; readonly dataDir: string }

/** What `npm run build` makes, outside of the checkout, run as on a server: nothing but Node, production settings, real servers. */
export type Installation = {
  /** The folder with `api`, `worker` and `cli`. */
  readonly dist: string
  readonly servers: Servers
  readonly env: Env
  readonly apis: readonly [Api, Api]
  readonly workers: readonly [ManagedProcess, ManagedProcess, ManagedProcess]
  readonly orgs: readonly [Org, Org]
  /** Runs a built program to its end with these variables on top; an undefined one is left out. */
  run(program: readonly [path: string, ...args: string[]], env?: Env): Promise<Ended>
  logs(): string
  close(): Promise<void>
}

/** Nothing of the tests' own environment: what a program needs must be said. */
const bare = (folder: string): Env => ({ PATH: '/usr/local/bin:/usr/bin:/bin', HOME: folder, TMPDIR: folder })

async function runProgram([path, ...args]: readonly [string, ...string[]], env: Env): Promise<Ended> {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined))
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [path, ...args], { env: set, timeout: 60_000 })
    return { code: 0, stdout, stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string }
    if (typeof code !== 'number') throw error
    return { code, stdout: stdout ?? '', stderr: stderr ?? '' }
  }
}

export async function install(): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'intellidocs-production-'))
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const close = async (): Promise<void> => { for (const step of undo.splice(0).reverse()) await step() }
  try {
    const dist = join(folder, 'dist')
    await promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'scripts', 'build.ts'), '--out', dist])
    const servers = await startServers(folder)
    undo.push(() => servers.close())
    const env = { ...bare(folder), ...servers.env, NODE_ENV: 'production', INTELLIDOCS_EMBEDDED: '0', SECRET_KEY: randomBytes(32).toString('hex') }
    const run: Installation['run'] = ([path, ...args], more = {}) => runProgram([join(dist, path), ...args], { ...env, ...more })
    const migrated = await run(['api/migrate.js'], { DATABASE_URL: undefined, DATABASE_ADMIN_URL: servers.adminUrl })
    if (migrated.code !== 0) throw new Error(`the migration job failed: ${migrated.stderr}`)

    const place = { dist, folder, env }
    const apis = [await api('api-1', place), await api('api-2', place)] as const
    const workers = [worker('worker-1', place), worker('worker-2', place), worker('worker-3', place)] as const
    const programs = [...apis, ...workers]
    undo.push(() => Promise.all(programs.map((program) => program.stop())))
    // All at once, as a compose file starts them: two make the first account, three the search attributes.
    await Promise.all(programs.map((program) => program.start()))
    const orgs = await joinOrgs(apis[0].url, { email: ADMIN.ADMIN_EMAIL, password: ADMIN.ADMIN_PASSWORD })
    return { dist, servers, env, apis, workers, orgs, run, close, logs: () => programs.map(({ name, log }) => `--- ${name}\n${log()}`).join('\n') }
  } catch (error) {
    await close()
    throw error
  }
}

type Place = { dist: string; folder: string; env: Env }

/** On one port for all its lives, with a data folder of its own, as on a machine of its own. */
async function api(name: string, { dist, folder, env }: Place): Promise<Api> {
  const [port, dataDir] = [await freePort(), join(folder, name)]
  const program = builtProgram(name, join(dist, 'api', 'main.js'), { ...env, ...ADMIN, DATA_DIR: dataDir, PORT: String(port), LOG_LEVEL: 'warn' })
  return { ...program, url: `http://127.0.0.1:${port}`, dataDir }
}

const worker = (name: string, { dist, folder, env }: Place): ManagedProcess =>
  builtProgram(name, join(dist, 'worker', 'main.js'), { ...env, DATA_DIR: join(folder, name), LOG_LEVEL: 'warn' })

function builtProgram(name: string, path: string, env: Env): ManagedProcess {
  const [command, args] = bound(process.execPath, [path])
  return createManagedProcess({ name, command, args, env, ready: 'line' })
}
