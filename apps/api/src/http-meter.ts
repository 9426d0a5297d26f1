import type { NextFunction, Request, Response } from 'express'
import { sharePath, uploadLinkPath } from '@intellidocs/contracts'
import type { Log, Metrics, Tracing } from '@intellidocs/kernel'
import { loggedPath } from './http-errors.ts'

/** Counts, times and traces a request until it is answered; `next` runs as its work. */
export type HttpMeter = (req: Request, res: Response, next: NextFunction) => void

/** The few kinds of paths there are; ids in labels would make a series each. */
function routeOf(path: string): string {
  if (path.startsWith('/trpc')) return 'trpc'
  if (path.startsWith('/api/v1/uploads')) return 'resumable'
  if (path.startsWith(`${sharePath}/`)) return 'share'
  if (path.startsWith(`${uploadLinkPath}/`)) return 'upload link'
  if (path.endsWith('/content')) return 'download'
  if (path === '/api/v1/documents') return 'upload'
  return ['/healthz', '/readyz', '/metrics'].includes(path) ? 'health' : 'other'
}

export function createHttpMeter({ metrics, tracing, log }: { metrics: Metrics; tracing: Tracing; log: Log }): HttpMeter {
  const seconds = metrics.histogram<'route' | 'status'>({
    name: 'intellidocs_http_request_seconds', help: 'Time from the headers of a request to the end of its answer; status cut: the caller left.',
    labels: ['route', 'status'], buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 10, 60],
  })
  return (req, res, next) => {
    const started = performance.now()
    // Read now: inside a mounted router the path is shorter.
    const { method } = req
    const path = loggedPath(req.path)
    const route = routeOf(path)
    const requestId = String(res.locals['requestId'])
    // A caller's own `traceparent` is not taken: strangers would choose which traces they are in, and how many are kept.
    const span = route === 'health' ? null : tracing.open(`${method} ${route}`, { kind: 'server', parent: null, attributes: { 'request.id': requestId } })
    res.once('close', () => {
      const ms = performance.now() - started
      const status = res.writableFinished ? String(res.statusCode) : 'cut'
      seconds.observe({ route, status }, ms / 1000)
      span?.end({ failed: status === 'cut' || res.statusCode >= 500, attributes: { 'http.response.status_code': res.statusCode } })
      log.debug({ requestId, method, path, status: res.statusCode, ms: Math.round(ms) }, 'request')
    })
    if (span === null) next()
    else span.within(next)
  }
}
