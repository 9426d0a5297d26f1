import type { Request, Response } from 'express'
import type { Log, Metrics } from '@intellidocs/kernel'

/** Counts and times a request once it is answered. */
export type HttpMeter = (req: Request, res: Response) => void

/** The few kinds of paths there are; ids in labels would make a series each. */
function kindOf(path: string): string {
  if (path.startsWith('/trpc')) return 'trpc'
  if (path.startsWith('/api/v1/uploads')) return 'resumable'
  if (path.endsWith('/content')) return 'download'
  if (path === '/api/v1/documents') return 'upload'
  return ['/healthz', '/readyz', '/metrics'].includes(path) ? 'health' : 'other'
}

export function createHttpMeter({ metrics, log }: { metrics: Metrics; log: Log }): HttpMeter {
  const seconds = metrics.histogram<'kind' | 'status'>({
    name: 'intellidocs_http_request_seconds', help: 'Time from the headers of a request to the end of its answer.', labels: ['kind', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
  })
  return (req, res) => {
    const started = performance.now()
    // Read now: inside a mounted router the path is shorter.
    const { path } = req
    const kind = kindOf(path)
    res.once('close', () => {
      const ms = performance.now() - started
      seconds.observe({ kind, status: res.writableFinished ? `${Math.floor(res.statusCode / 100)}xx` : 'cut' }, ms / 1000)
      log.debug({ requestId: String(res.locals['requestId']), method: req.method, path, status: res.statusCode, ms: Math.round(ms) }, 'request')
    })
  }
}
