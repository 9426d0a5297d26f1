import type { Metrics, RequestContext, Tracing } from '@intellidocs/kernel'

export type ObserveCall = NonNullable<RequestContext['observeCall']>

/**
 * Times and traces each call of a procedure, over HTTP and websocket. Labels are names of procedures that exist and codes of the error
 * table, so their number is bounded. Of a subscription the beginning is timed, not the listening.
 */
export function createCallObserver({ metrics, tracing }: { metrics: Metrics; tracing: Tracing }): ObserveCall {
  const seconds = metrics.histogram<'procedure' | 'code'>({
    name: 'intellidocs_procedure_seconds', help: 'Time of a procedure, by its name and how it ended: ok or a code of the error table.',
    labels: ['procedure', 'code'], buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5, 30],
  })
  return async ({ path, type }, work, codeOf) => {
    const started = performance.now()
    const span = tracing.open(path, { attributes: { type } })
    const result = await span.within(work)
    const code = codeOf(result)
    seconds.observe({ procedure: path, code }, (performance.now() - started) / 1000)
    span.end({ failed: code === 'internal', attributes: { code } })
    return result
  }
}
