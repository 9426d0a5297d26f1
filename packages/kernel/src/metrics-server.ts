import { createServer } from 'node:http'
import type { Metrics } from './metrics.ts'

/** Scrapers come one at a time; nobody else has business here. */
const MOST_CONNECTIONS = 20

/**
 * Serves `GET /metrics` on an address of its own (`host:port`), apart from what customers reach, and nothing else. Rejects when the address
 * cannot be listened on.
 */
export async function serveMetrics({ address, read }: { address: string; read: Metrics['read'] }): Promise<{ close(): Promise<void> }> {
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 10_000, connectionsCheckingInterval: 1_000 }, (req, res) => {
    if (req.method !== 'GET' || req.url !== '/metrics') return void res.writeHead(404).end()
    read().then(
      ({ contentType, body }) => res.writeHead(200, { 'content-type': contentType }).end(body),
      () => res.writeHead(500).end(),
    )
  })
  server.maxConnections = MOST_CONNECTIONS
  const at = address.lastIndexOf(':')
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen({ host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(address.slice(at + 1)) }, resolve)
  await promise
  return {
    close: async () => {
      const closed = new Promise<void>((done) => { server.close(() => done()) })
      server.closeAllConnections()
      await closed
    },
  }
}
