import { callTRPCProcedure, type AnyQueryProcedure } from '@trpc/server'
import { createExpressMiddleware } from '@trpc/server/adapters/express'
import type { TRPCResponse } from '@trpc/server/rpc'
import type { Request, RequestHandler, Response } from 'express'
import { logErrorOnce, toAppError, toTrpcError, type Log, type Meta } from '@intellidocs/kernel'
import type { AppRouter } from '@intellidocs/domain'
import type { Context, CreateContext } from './context.ts'

/** Calls in one request; a rate limit counts each. */
export const MAX_BATCH = 20
/** What one request may send. */
export const CALL_BODY_BYTES = 1_000_000

export type CallDeps = { appRouter: AppRouter; createContext: CreateContext; log: Log }

/** What a context is made from, for an Express request. */
export const fromExpress = (req: Request, res: Response) => ({
  ip: req.ip ?? '', headers: req.headers, requestId: String(res.locals['requestId']),
  setCookie: (value: string): void => { if (!res.headersSent) res.append('set-cookie', value) },
})

/**
 * The procedures over HTTP, by tRPC's adapter for Express. It makes a Request, a Response and two streams of each call, which costs more than
 * most queries do (ADR 0010); so a request that is one query is called here, and when it succeeds answered here, byte for byte as the adapter
 * would. Everything else, its failures included, is the adapter's.
 */
export function callProcedures(deps: CallDeps): RequestHandler {
  const adapter = adapterOf(deps)
  return (req, res, next) => {
    const query = oneQuery(deps.appRouter, req)
    if (query === null) return void adapter(req, res, next)
    answer(deps, query, { req, res }).catch((failure: Failure) => {
      // The adapter forms the error: it is handed on before anything is called, and the context is the one that was made.
      void adapterOf(deps, failure)(req, res, next)
    })
  }
}

/** How a query ended before it was answered; `context` is missing where it could not be made. */
class Failure extends Error {
  readonly context: Context | null

  constructor(cause: unknown, context: Context | null) {
    super('a query failed', { cause })
    this.context = context
  }
}

function adapterOf({ appRouter, createContext, log }: CallDeps, failure?: Failure): RequestHandler {
  return createExpressMiddleware<AppRouter>({
    router: appRouter,
    maxBatchSize: MAX_BATCH,
    maxBodySize: CALL_BODY_BYTES,
    createContext: async ({ req, res, info }) => {
      try {
        if (failure === undefined) return await createContext({ ...fromExpress(req, res), signal: info.signal })
        if (failure.context === null) throw failure.cause
        return failure.context
      } catch (error) {
        throw toTrpcError(error)
      }
    },
    responseMeta: ({ data, type }) => (type === 'mutation' && data.length > 0 && data.every(isPending) ? { status: 202 } : {}),
    onError: ({ error, path, ctx }) => logErrorOnce(log, toAppError(error), { requestId: ctx?.requestId, path }),
    ...(failure === undefined ? {} : { middleware: (_req, _res, next) => next(failure.cause) }),
  })
}

/** What was accepted and is done later says so: `202` for whoever looks at the status alone. */
function isPending(answer: TRPCResponse): boolean {
  const data: unknown = 'result' in answer && 'data' in answer.result ? answer.result.data : null
  return typeof data === 'object' && data !== null && 'status' in data && data.status === 'pending'
}

type OneQuery = { readonly path: string; readonly procedure: AnyQueryProcedure; readonly input: unknown; readonly batch: boolean }

/** The only call of a request, where that is a query asked for plainly; null for whatever else, which includes all that is wrong with it. */
function oneQuery(router: AppRouter, req: Request): OneQuery | null {
  const { headers, method, url } = req
  if (method !== 'GET' || headers['content-type'] !== undefined || headers['trpc-accept'] !== undefined) return null
  if (headers.accept?.includes('jsonl') === true) return null
  const procedures: Readonly<Record<string, unknown>> = router._def.procedures
  const path = req.path.slice(1)
  const procedure = Object.hasOwn(procedures, path) ? procedures[path] : undefined
  if (!isQuery(procedure)) return null
  const at = url.indexOf('?')
  const search = new URLSearchParams(at < 0 ? '' : url.slice(at + 1))
  if (search.has('connectionParams')) return null
  const batch = search.get('batch') === '1'
  const input = inputOf(search.get('input'), batch)
  return input === null ? null : { path, procedure, input: input.value, batch }
}

function isQuery(procedure: unknown): procedure is AnyQueryProcedure {
  const def: unknown = typeof procedure === 'function' && '_def' in procedure ? procedure._def : null
  return typeof def === 'object' && def !== null && 'type' in def && def.type === 'query'
}

function inputOf(text: string | null, batch: boolean): { value: unknown } | null {
  if (text === null || text === '') return { value: undefined }
  try {
    const value: unknown = JSON.parse(text)
    if (!batch) return { value }
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { value: Object.getOwnPropertyDescriptor(value, '0')?.value } : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

async function answer({ appRouter, createContext }: CallDeps, query: OneQuery, { req, res }: { req: Request; res: Response }): Promise<void> {
  const { path, procedure, input, batch } = query
  const leaving = new AbortController()
  res.once('close', () => { if (!res.writableEnded) leaving.abort() })
  const { signal } = leaving
  let context: Context | null = null
  try {
    context = await createContext({ ...fromExpress(req, res), signal, oneRead: (procedure._def.meta as Meta | undefined)?.base === 'read' })
    const data: unknown = await callTRPCProcedure({ router: appRouter, path, type: 'query', ctx: context, getRawInput: async () => input, signal, batchIndex: 0 })
    const result = { result: { data } }
    const text = JSON.stringify(batch ? [result] : result)
    res.setHeader('vary', 'trpc-accept, accept')
    res.setHeader('content-type', 'application/json')
    res.end(text)
  } catch (error) {
    throw new Failure(error, context)
  }
}
