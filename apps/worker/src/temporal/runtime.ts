import type { Log } from '@intellidocs/kernel'
import { DefaultLogger, Runtime, type LogLevel } from '@temporalio/worker'

/**
 * Must come before anything else of Temporal. Signals are the process's own business, and Temporal's lines go to its log. With
 * `metricsAddress` the SDK's own metrics can be read there.
 */
export function installRuntime(log: Log, metricsAddress?: string): void {
  const write: Record<LogLevel, (fields: object, message: string) => void> = {
    TRACE: log.debug, DEBUG: log.debug, INFO: log.debug, WARN: log.warn, ERROR: log.error,
  }
  const logger = new DefaultLogger('WARN', ({ level, message, meta }) => {
    // The queues `ocr` and `index` have no workflows on purpose; a warning at every start teaches people to skip warnings.
    const known = message.startsWith('No workflows registered')
    write[known ? 'DEBUG' : level]({ ...meta, part: 'temporal' }, message)
  })
  Runtime.install({ logger, shutdownSignals: [], telemetryOptions: {
    logging: { forward: {}, filter: { core: 'WARN', other: 'WARN' } },
    ...(metricsAddress === undefined ? {} : {
      metrics: { prometheus: { bindAddress: metricsAddress, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true } },
    }),
  } })
}
