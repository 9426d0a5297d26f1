import type { Log } from './log.ts'
import { noTracing, type Tracing } from './tracing.types.ts'

/**
 * Tracing to an OTLP/HTTP collector. Without an endpoint nothing is loaded: OpenTelemetry costs 17 MB of memory and some tenths of a second of
 * the start only where somebody asked for it.
 */
export async function createTracing({ endpoint, service, log }: { endpoint: string | undefined; service: string; log: Log }): Promise<Tracing> {
  if (endpoint === undefined) return noTracing
  const { openTelemetry } = await import('./tracing-otlp.ts')
  return openTelemetry({ endpoint, service, log })
}
