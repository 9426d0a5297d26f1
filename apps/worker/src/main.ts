import { armFailpoints, ConfigError, createLog, createShutdown, createTracing, loadConfig, secretsOf } from '@intellidocs/kernel'
import { privateAddress } from './metrics.ts'
import { installRuntime } from './temporal/runtime.ts'
import { startWorker } from './worker.ts'

/** Under the 10 s that a supervisor waits before it kills. */
const STOP_WITHIN_MS = 8_000

async function main(): Promise<void> {
  const config = loadConfig()
  armFailpoints(config.failpoints)
  const log = createLog({ level: config.logLevel, name: 'worker' })
  for (const secret of secretsOf(config)) log.redact(secret)
  const coreMetrics = config.workerMetricsAddress === undefined ? undefined : await privateAddress()
  installRuntime(log, coreMetrics)
  let broken = false
  const shutdown = createShutdown({ log, timeoutMs: STOP_WITHIN_MS, exit: (code) => process.exit(broken ? 1 : code) })
  try {
    const tracing = await createTracing({ endpoint: config.tracesEndpoint, service: 'worker', log })
    shutdown.add('tracing', () => tracing.close())
    const { failed } = await startWorker({ config, log, shutdown, tracing, coreMetrics })
    process.stdout.write(`${JSON.stringify({ ready: true, service: 'worker' })}\n`)
    const error = await failed
    broken = true
    log.error({ err: error }, 'a part of the worker ended')
    await shutdown.stop('a part of the worker ended')
  } catch (error) {
    broken = true
    log.error({ err: error }, 'the worker did not start')
    await shutdown.stop('the worker did not start')
  }
}

try {
  await main()
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
}
