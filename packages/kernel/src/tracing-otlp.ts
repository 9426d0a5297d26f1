import { diag, DiagLogLevel, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Context, type Span } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { parseTraceParent } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { Log } from './log.ts'
import type { OpenSpan, SpanOptions, Tracing } from './tracing.types.ts'

const SEND_MS = 2_000
const kinds = { server: SpanKind.SERVER, consumer: SpanKind.CONSUMER } as const

/** What could not be sent is said once a minute at most: a collector that is away must not fill the log. */
const QUIET_MS = 60_000

/**
 * Spans by OpenTelemetry, sent in batches in the background. Tracer and context are this object's own and not the API's global ones, so
 * that only what was handed a `Tracing` is traced.
 */
export function openTelemetry({ endpoint, service, log }: { endpoint: string; service: string; log: Log }): Tracing {
  listenToTrouble(log)
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': `intellidocs-${service}` }),
    spanProcessors: [new BatchSpanProcessor({
      exporter: new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, timeoutMillis: SEND_MS }), scheduledDelayMillis: SEND_MS,
    })],
  })
  const tracer = provider.getTracer('intellidocs')
  const contexts = new AsyncLocalStorageContextManager().enable()

  function begin(name: string, options: SpanOptions): { span: Span; context: Context } {
    const parent = options.parent === undefined ? contexts.active() : contextOf(options.parent)
    const kind = options.kind === undefined ? SpanKind.INTERNAL : kinds[options.kind]
    const span = tracer.startSpan(name, { kind, ...(options.attributes === undefined ? {} : { attributes: options.attributes }) }, parent)
    return { span, context: trace.setSpan(parent, span) }
  }

  function open(name: string, options: SpanOptions): OpenSpan {
    const { span, context } = begin(name, options)
    return {
      within: (work) => contexts.with(context, work),
      end: ({ failed, attributes }) => {
        if (attributes !== undefined) span.setAttributes(attributes)
        if (failed) span.setStatus({ code: SpanStatusCode.ERROR })
        span.end()
      },
    }
  }

  return {
    open,
    async span(name, options, work) {
      const opened = open(name, options)
      try {
        const result = await opened.within(work)
        opened.end({ failed: false })
        return result
      } catch (error) {
        opened.end({ failed: true, attributes: { 'error.type': error instanceof Error ? error.name : typeof error } })
        throw error
      }
    },
    current: () => {
      const running = trace.getSpanContext(contexts.active())
      if (running === undefined) return null
      return `00-${running.traceId}-${running.spanId}-${running.traceFlags.toString(16).padStart(2, '0')}`
    },
    close: () => provider.shutdown().catch((error: unknown) => log.warn({ err: error }, 'the last spans were not sent')),
  }
}

/** A parent that is no `traceparent` begins a new trace rather than losing the span. */
function contextOf(traceParent: string | null): Context {
  const parent = traceParent === null ? null : parseTraceParent(traceParent)
  return parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true })
}

function listenToTrouble(log: Log): void {
  let lastAt = -QUIET_MS
  const say = (message: string): void => {
    const now = performance.now()
    if (now - lastAt < QUIET_MS) return
    lastAt = now
    log.warn({ part: 'tracing', reason: message.slice(0, 300) }, 'spans were not sent')
  }
  const quiet = (): void => undefined
  diag.setLogger({ error: say, warn: say, info: quiet, debug: quiet, verbose: quiet }, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
}
