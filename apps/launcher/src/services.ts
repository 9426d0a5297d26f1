import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { environmentWith, type Config } from '@intellidocs/kernel'
import { answers } from './ports.ts'
import type { ServiceSpec } from './service.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const lifeline = pathToFileURL(join(import.meta.dirname, 'lifeline.ts')).href

/** The programs the launcher starts; preflight looks whether they are there. */
export const programs = {
  postgres: join(root, 'packages', 'db', 'src', 'commands', 'pglite-server.ts'),
  api: join(root, 'apps', 'api', 'src', 'main.ts'),
  worker: join(root, 'apps', 'worker', 'src', 'main.ts'),
}

type Env = Record<string, string | undefined>
const READY_MS = 120_000

/**
 * What V8 is told for the API, here and in the Dockerfile. Left alone it lets 128 MB of young objects and as much of old garbage as there is
 * of use pile up: 10,000 listeners then take 950 MB instead of 500 (`npm run bench:abuse`).
 */
export const apiNodeFlags = ['--max-semi-space-size=16', '--heap-growing-percent=10']

function nodeService(name: keyof typeof programs, args: string[], env: Env): Omit<ServiceSpec, 'firstLine'> {
  const flags = name === 'api' ? apiNodeFlags : []
  return {
    name, command: process.execPath, args: [...flags, '--import', lifeline, programs[name], ...args],
    env: environmentWith(env), ready: 'line', readyWithinMs: READY_MS,
  }
}

/** PGlite watches its stdin itself, whose first line is its password. */
export function postgresService(dataDir: string, port: number, password: string): ServiceSpec {
  const service = nodeService('postgres', ['--data-dir', join(dataDir, 'postgres'), '--port', String(port)], {})
  return { ...service, args: service.args.filter((arg) => arg !== '--import' && arg !== lifeline), firstLine: password }
}

export type TemporalPlace = { binary: string; dataDir: string; port: number; uiPort: number | null }

/**
 * As in `docker/temporal-dynamic-config.yaml`. The shift is how far ahead the server reads timers: one that is shorter is put off until then, a second where nothing is said,
 * so that what follows of decisions came in heaps of a second's, in front of the next ones.
 */
const temporalSettings = { 'matching.enableFairness': true, 'history.timerProcessorMaxTimeShift': '50ms' }

/** Temporal's development server with its database in the data folder. Without `uiPort` its UI is off. */
export function temporalService({ binary, dataDir, port, uiPort }: TemporalPlace): ServiceSpec {
  const searchAttributes = ['OrgId', 'DocumentId', 'VersionId', 'FlowRunId', 'FlowState'].flatMap((name) => ['--search-attribute', `${name}=Keyword`])
  return {
    name: 'temporal', command: process.execPath,
    args: [
      join(import.meta.dirname, 'guard.ts'), binary, 'server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port),
      ...(uiPort === null ? ['--headless'] : ['--ui-ip', '127.0.0.1', '--ui-port', String(uiPort)]),
      '--db-filename', join(dataDir, 'temporal.db'), '--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=FULL',
      ...Object.entries(temporalSettings).flatMap(([name, value]) => ['--dynamic-config-value', `${name}=${JSON.stringify(value)}`]), ...searchAttributes, '--log-level', 'error',
    ],
    env: environmentWith({}), ready: () => answers(port), readyWithinMs: READY_MS,
  }
}

/** What API and worker are told; the rest they read from the environment as the launcher did. */
export function sharedEnvironment(config: Config, databaseUrl: string, temporalAddress: string): Env {
  return {
    DATA_DIR: config.dataDir, DATABASE_URL: databaseUrl, TEMPORAL_ADDRESS: temporalAddress, SECRET_KEY: config.secretKey.toString('hex'),
    INTELLIDOCS_EMBEDDED: config.embedded ? '1' : '0', LOG_LEVEL: config.logLevel, PORT: String(config.port),
  }
}

export const apiService = (env: Env): ServiceSpec => nodeService('api', [], env)
export const workerService = (env: Env): ServiceSpec => nodeService('worker', [], env)
