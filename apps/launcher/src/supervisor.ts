import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { migrate } from '@intellidocs/db'
import { freePort, isSet, type Config } from '@intellidocs/kernel'
import { checkNode, checkPort, checkPrograms, findTemporal, takeDataFolder } from './preflight.ts'
import { createServiceLog } from './service-log.ts'
import { createService, type Ready, type Service, type ServiceSpec } from './service.ts'
import { apiService, postgresService, sharedEnvironment, temporalService, workerService } from './services.ts'
import { StartError } from './start-error.ts'

/** API and worker first, so that nobody asks a database that is gone; together less than the ten seconds a person waits. */
const APPS_GRACE_MS = 6_000
const SERVERS_GRACE_MS = 3_500

export type ProductOptions = {
  readonly config: Config
  /** Start PGlite and Temporal even when the environment names servers: the demo touches nobody's data. */
  readonly ownServers?: boolean
  readonly ui: boolean
  /** Ends a start that is under way; what runs already is stopped. */
  readonly signal?: AbortSignal
  readonly say: (line: string) => void
}

/** The account that the API made because nobody was there. The password is null when ADMIN_PASSWORD gave it. */
export type Administrator = { readonly email: string; readonly org: string; readonly password: string | null }

export type Product = {
  readonly url: string
  /** Null unless this was the first start on this data. */
  readonly administrator: Administrator | null
  /** ADMIN_PASSWORD, when it was set. */
  readonly givenPassword: string | null
  readonly temporalAddress: string
  readonly temporalUi: string | null
  /** Null with a Temporal server of one's own. */
  readonly temporalBinary: string | null
  readonly services: readonly Service[]
  /** Ends everything in order; settles within ten seconds. */
  stop(): Promise<void>
}

/** Starts everything the product is made of and keeps it running. Throws StartError with one clear line; nothing is left running then. */
export async function startProduct(options: ProductOptions): Promise<Product> {
  const { config, say } = options
  checkNode()
  checkPrograms()
  const own = { postgres: options.ownServers === true || !isSet('DATABASE_URL'), temporal: options.ownServers === true || !isSet('TEMPORAL_ADDRESS') }
  const temporalBinary = own.temporal ? findTemporal() : null
  const lock = await takeDataFolder(config.dataDir)
  const services: Service[] = []
  const stop = createStop(services, () => lock.release())
  const launch = async (spec: ServiceSpec): Promise<Ready> => {
    // The stop that this asked for is over, or did not know of this service.
    if (options.signal?.aborted === true) throw new StartError('the start was stopped', 'start again')
    const tell = (line: string): void => say(`${spec.name}: ${line}`)
    const service = createService(spec, createServiceLog(join(config.dataDir, 'logs', `${spec.name}.log`), tell), { onExit: say, onRestart: say })
    services.push(service)
    return timed(say, spec.name, () => service.start())
  }

  const abort = (): void => void stop()
  options.signal?.addEventListener('abort', abort, { once: true })
  try {
    await checkPort(config.port)
    const startDatabase = async (): Promise<string> => {
      const url = own.postgres ? await launchPostgres(config, launch) : config.databaseUrl
      await timed(say, 'migrations', () => migrate({ url: own.postgres ? url : config.databaseAdminUrl ?? url, log: { info: () => undefined, warn: (_fields, message) => say(message) } }))
      return url
    }
    const [databaseUrl, temporal] = await all([
      startDatabase(),
      temporalBinary === null ? Promise.resolve({ address: config.temporal.address, ui: null }) : launchTemporal(config, temporalBinary, options.ui, launch),
    ])
    const env = sharedEnvironment(config, databaseUrl, temporal.address)
    const [api] = await all([launch(apiService(env)), launch(workerService(env))])
    return {
      url: `http://localhost:${typeof api['port'] === 'number' ? api['port'] : config.port}`, administrator: administratorOf(api), givenPassword: config.admin.password ?? null, services, stop,
      temporalAddress: temporal.address, temporalUi: temporal.ui, temporalBinary,
    }
  } catch (error) {
    await stop()
    throw error
  } finally {
    options.signal?.removeEventListener('abort', abort)
  }
}

async function launchPostgres(config: Config, launch: (spec: ServiceSpec) => Promise<Ready>): Promise<string> {
  const port = await freePort()
  // One password for the launcher's life: a database that is restarted must be the one that API and worker know.
  const password = randomBytes(24).toString('base64url')
  await launch(postgresService(config.dataDir, port, password))
  const url = `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`
  // For `intellidocs verify` beside the running product; as private as the secret key next to it.
  await writeFile(join(config.dataDir, 'database.url'), `${url}\n`, { mode: 0o600 })
  return url
}

async function launchTemporal(config: Config, binary: string, withUi: boolean, launch: (spec: ServiceSpec) => Promise<Ready>): Promise<{ address: string; ui: string | null }> {
  const port = await freePort()
  const uiPort = withUi ? await freePort(8233) : null
  await launch(temporalService({ binary, dataDir: config.dataDir, port, uiPort }))
  return { address: `127.0.0.1:${port}`, ui: uiPort === null ? null : `http://localhost:${uiPort}` }
}

function administratorOf({ administrator }: Ready): Administrator | null {
  if (typeof administrator !== 'object' || administrator === null) return null
  const { email, org, password }: { email?: unknown; org?: unknown; password?: unknown } = administrator
  return { email: String(email), org: String(org), password: typeof password === 'string' ? password : null }
}

function createStop(services: Service[], release: () => Promise<void>): () => Promise<void> {
  let stopped: Promise<void> | undefined
  const isApp = ({ name }: Service): boolean => name === 'api' || name === 'worker'
  const stop = async (): Promise<void> => {
    await Promise.all(services.filter(isApp).map((service) => service.stop(APPS_GRACE_MS)))
    await Promise.all(services.filter((service) => !isApp(service)).map((service) => service.stop(SERVERS_GRACE_MS)))
    await release()
  }
  return () => (stopped ??= stop())
}

/** Like Promise.all, but waits for all of them: what still starts while the first fails must be stopped too. */
async function all<A, B>(work: [Promise<A>, Promise<B>]): Promise<[A, B]> {
  const [first, second] = await Promise.allSettled(work)
  if (first.status === 'rejected') throw toStartError(first.reason)
  if (second.status === 'rejected') throw toStartError(second.reason)
  return [first.value, second.value]
}

function toStartError(reason: unknown): Error {
  if (reason instanceof StartError) return reason
  const error = reason instanceof Error ? reason : new Error(String(reason))
  if ('code' in error && error.code === 'ENOSPC') return new StartError('the disk is full', 'free some space and start again')
  return error
}

async function timed<T>(say: (line: string) => void, title: string, work: () => Promise<T>): Promise<T> {
  const since = performance.now()
  const result = await work()
  say(`${title} ready (${((performance.now() - since) / 1000).toFixed(1)} s)`)
  return result
}
