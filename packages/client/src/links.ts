import { createWSClient, httpBatchLink, splitLink, wsLink, type TRPCLink } from '@trpc/client'
import { observable } from '@trpc/server/observable'
import type { AppRouter } from '@intellidocs/domain'
import { toIntelliDocsError } from './errors.ts'
import type { ClientOptions, Transport } from './transport.ts'

/** Calls the server takes in one request; more are sent as several. */
const BATCH = 20
/** Browsers and proxies take addresses of about this length. */
const LONGEST_URL = 4000
const IDLE_MS = 5_000
const [FIRST_RETRY_MS, LAST_RETRY_MS] = [250, 15_000]

/** Doubles from a quarter of a second to fifteen; spread, so that all clients of a restarted server do not come back in one moment. */
export function backOff(attempt: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** attempt, LAST_RETRY_MS) * (0.5 + Math.random() / 2)
}

/** Calls go over HTTP in batches, subscriptions over one websocket that opens when the first is made and reconnects by itself. */
export function createLinks(transport: Transport, options: ClientOptions): { links: TRPCLink<AppRouter>[]; close(): Promise<void> } {
  const socket = createWSClient({
    url: `${transport.url.replace(/^http/, 'ws')}/trpc`,
    ...(options.WebSocket ? { WebSocket: options.WebSocket } : {}),
    lazy: { enabled: true, closeMs: IDLE_MS },
    keepAlive: { enabled: true, intervalMs: 15_000, pongTimeoutMs: 5_000 },
    retryDelayMs: backOff,
    // Asked again at each reconnect, so that a renewed token is used.
    connectionParams: async () => {
      const token = await transport.token()
      return { ...(token ? { token } : {}), ...(transport.org ? { org: transport.org } : {}) }
    },
  })
  const http = httpBatchLink<AppRouter>({
    url: `${transport.url}/trpc`,
    maxItems: BATCH,
    maxURLLength: LONGEST_URL,
    headers: () => transport.headers(),
    fetch: (input, init) => transport.fetch(input, { ...init, credentials: 'include' } as RequestInit),
  })
  const route = splitLink<AppRouter>({ condition: ({ type }) => type === 'subscription', true: wsLink({ client: socket }), false: http })
  return { links: [oneErrorForm(transport.url), route], close: () => socket.close() }
}

/** Every failure of a call reaches the caller as IntelliDocsError. */
function oneErrorForm(server: string): TRPCLink<AppRouter> {
  return () => ({ next, op }) => observable((observer) => next(op).subscribe({
    next: (value) => { observer.next(value) },
    complete: () => { observer.complete() },
    error: (error) => { observer.error(toIntelliDocsError(error, server)) },
  }))
}
