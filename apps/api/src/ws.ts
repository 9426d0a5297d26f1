import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { TRPCError } from '@trpc/server'
import { getWSConnectionHandler } from '@trpc/server/adapters/ws'
import { WebSocketServer, type WebSocket } from 'ws'
import { AppError, logErrorOnce, toAppError, toTrpcError, type Log } from '@intellidocs/kernel'
import type { AppRouter } from '@intellidocs/domain'
import type { Context, CreateContext } from './context.ts'
import { MAX_BATCH } from './calls.ts'
import { mayUpgrade } from './origins.ts'
import type { SocketMeter } from './socket-meter.ts'
import { ApiSocket } from './socket.ts'
import { createSocketWatch, type SocketWatch } from './socket-watch.ts'
import type { Validity } from './validity.ts'

const PATH = '/trpc'
const MESSAGE_BYTES = 64 * 1024

export type WsDeps = {
  server: Server
  log: Log
  appRouter: AppRouter
  createContext: CreateContext
  validity: Validity
  allowedOrigins: readonly string[]
  meter: SocketMeter
  /** The caller's address behind the trusted proxies. */
  ipOf: (req: IncomingMessage) => string
}
export type WsServer = { readonly clients: () => number; close(): Promise<void> }

/** Refuses an upgrade with a plain HTTP answer. */
function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}

/** Null for what is no address: tRPC reads it in the same way, and would throw where nobody catches, which ends the process. */
function urlOf({ url = '', headers }: IncomingMessage): URL | null {
  const base = `http://${headers.host ?? 'localhost'}`
  return URL.canParse(url, base) ? new URL(url, base) : null
}

/**
 * What tRPC reads of a socket's request, and keeps as long as the socket lives: whether the client's first message are its connection
 * parameters. The request itself holds a kilobyte, and up to 16 KB of whatever its caller wrote.
 */
const standIn = (url: string) => Object.freeze({ url, headers: Object.freeze({}) }) as IncomingMessage
const [withParams, withoutParams] = [standIn(`${PATH}?connectionParams=1`), standIn(PATH)]

/** tRPC over websockets on the path of tRPC over HTTP. Sockets that read too slowly, say too much or lose their rights are closed. */
export function serveWebsockets(deps: WsDeps): WsServer {
  const { server, allowedOrigins } = deps
  const wss = new WebSocketServer({
    noServer: true, maxPayload: MESSAGE_BYTES, maxFragments: 64, perMessageDeflate: false, clientTracking: false, WebSocket: ApiSocket,
  })
  const watch = createSocketWatch(deps)
  const converse = conversation(deps, { wss, watch })
  let closing = false

  // One function for all sockets: each is called with its own as `this`.
  function onMessage(this: WebSocket): void {
    if (this instanceof ApiSocket) this.heard()
  }
  function onClose(this: WebSocket, code: number): void {
    if (!(this instanceof ApiSocket)) return
    deps.meter(this, code)
    watch.remove(this)
  }

  server.on('upgrade', (req, socket, head) => {
    // An error before the handshake has nobody else to listen to it, and would end the process.
    const cut = (): void => void socket.destroy()
    socket.on('error', cut)
    if (closing) return refuse(socket, '503 Service Unavailable')
    const url = urlOf(req)
    if (url?.pathname !== PATH) return refuse(socket, url === null ? '400 Bad Request' : '404 Not Found')
    if (!mayUpgrade(req, allowedOrigins)) return refuse(socket, '403 Forbidden')
    wss.handleUpgrade(req, socket, head, (client) => {
      socket.off('error', cut)
      client.opening = { ip: deps.ipOf(req), headers: req.headers }
      // Before tRPC: what is too much must not be carried out.
      client.on('message', onMessage)
      client.on('close', onClose)
      watch.add(client)
      converse(client, url.searchParams.get('connectionParams') === '1' ? withParams : withoutParams)
    })
  })

  return {
    clients: () => watch.sockets.size,
    async close() {
      closing = true
      watch.stop()
      await closeAll([...watch.sockets])
    },
  }
}

/** What tRPC does with a socket. It keeps no clock of its own: a timer for each of ten thousand costs a kilobyte of closures. */
function conversation(deps: WsDeps, { wss, watch }: { wss: WebSocketServer; watch: SocketWatch }): (client: ApiSocket, req: IncomingMessage) => void {
  return getWSConnectionHandler<AppRouter>({
    wss, router: deps.appRouter, maxBatchSize: MAX_BATCH,
    createContext: async ({ res, info }) => {
      const socket = res as ApiSocket
      const context = await socketContext(deps, { socket, params: info.connectionParams, signal: info.signal })
      watch.identified(socket, context.credential)
      return context
    },
    onError: ({ error, path, ctx }) => logErrorOnce(deps.log, toSocketError(error), { requestId: ctx?.requestId, path, socket: true }),
  })
}

const gone = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT'])

/** Frames against the protocol and lost connections are the other side's doing. Whatever a call or a context threw was mapped before. */
function toSocketError(error: TRPCError): AppError {
  const { cause } = error
  const code = cause !== undefined && !(cause instanceof AppError) && 'code' in cause ? String(cause.code) : ''
  return code.startsWith('WS_ERR_') || gone.has(code) ? new AppError('input.invalid', { cause: error }) : toAppError(error)
}

type Asking = { socket: ApiSocket; params: Record<string, string | undefined> | null; signal: AbortSignal }
/** The handshake is over: nothing can be set any more. */
const setNothing = (): void => undefined

async function socketContext({ createContext }: WsDeps, { socket, params, signal }: Asking): Promise<Context> {
  const { opening } = socket
  if (opening === null) throw new Error('a socket has one context')
  socket.opening = null
  try {
    return await createContext({ ...opening, token: params?.['token'], org: params?.['org'], signal, setCookie: setNothing })
  } catch (error) {
    throw toTrpcError(error)
  }
}

/** 1012 tells clients to come back; those that do not answer the goodbye in a second are cut. */
async function closeAll(clients: readonly ApiSocket[]): Promise<void> {
  const gone = Promise.all(clients.map((client) => new Promise<void>((resolve) => { client.once('close', () => resolve()) })))
  for (const client of clients) client.close(1012, 'restarting')
  const cut = setTimeout(() => { for (const client of clients) client.terminate() }, 1000)
  await gone
  clearTimeout(cut)
}
