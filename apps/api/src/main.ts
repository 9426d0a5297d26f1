import { migrate, openDatabase } from '@intellidocs/db'
import { bootstrap } from '@intellidocs/domain'
import { loadEmbedders } from '@intellidocs/embedding'
import { armFailpoints, ConfigError, createLog, createShutdown, createTracing, loadConfig, secretsOf, serveMetrics, systemClock, type Config, type Log } from '@intellidocs/kernel'
import { createBlobStore } from '@intellidocs/storage'
import { createApi } from './api.ts'
import { createLazyDecisions } from './lazy-decisions.ts'
import { rateLimitsFor } from './rate-limits.ts'

async function start(config: Config, log: Log): Promise<void> {
  const shutdown = createShutdown({ log, timeoutMs: 9500 })
  if (config.databaseAdminUrl !== undefined) await migrate({ url: config.databaseAdminUrl, log })
  const tracing = await createTracing({ endpoint: config.tracesEndpoint, service: 'api', log })
  shutdown.add('tracing', () => tracing.close())
  const database = openDatabase({ url: config.databaseUrl, log })
  shutdown.add('database', () => database.close())
  await database.assertWalls()

  const blobs = createBlobStore(config.blobs)
  const rateLimits = rateLimitsFor(config.rateLimitCalls)
  const temporal = createLazyDecisions(async () => (await import('./connect-decisions.ts')).connectDecisions(config))
  shutdown.add('temporal', () => temporal.close())
  const api = createApi({
    config, log, clock: systemClock, database, blobs, decisions: temporal.gateway, rateLimits, tracing,
    ...await loadEmbedders(config, (error) => log.error({ err: error }, 'an embedding model could not be loaded; search answers by words where it is needed')),
  })
  shutdown.add('api', () => api.close())
  if (config.metricsAddress !== undefined) {
    const server = await serveMetrics({ address: config.metricsAddress, read: api.readMetrics })
    shutdown.add('metrics', () => server.close())
  }

  const first = await bootstrap(api.modules, { ...config.admin, orgName: 'Main', orgSlug: 'main' })
  const port = await api.listen(config.port, config.embedded ? '127.0.0.1' : undefined)
  log.info({ port }, 'listening')
  // The one place where a generated password can be read; standard output is for whoever started us, the log never holds it.
  const administrator = first === null ? {} : { administrator: { email: first.email, org: first.orgSlug, password: first.generatedPassword } }
  process.stdout.write(`${JSON.stringify({ ready: true, service: 'api', port, ...administrator })}\n`)
}

/** One line that says what is wrong, then the end: a half-started server helps nobody. */
function fail(log: Log, error: unknown): void {
  log.error({ err: error }, 'the API could not start')
  process.exit(1)
}

try {
  const config = loadConfig()
  armFailpoints(config.failpoints)
  const log = createLog({ level: config.logLevel, name: 'api' })
  for (const secret of secretsOf(config)) log.redact(secret)
  process.on('uncaughtException', (error) => fail(log, error))
  await start(config, log).catch((error: unknown) => fail(log, error))
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
}
