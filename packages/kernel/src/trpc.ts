import type { ErrorCode } from '@intellidocs/contracts'
import { initTRPC } from '@trpc/server'
import type { Actor, Person } from './actor.ts'
import { AppError } from './app-error.ts'
import { mustHold, permissionOf, type Meta } from './authz.ts'
import type { Arrival, RequestContext } from './context.ts'
import { httpStatusOf, logErrorOnce, toAppError, toTrpcError, trpcCodeOf } from './error-map.ts'
import type { Found, Reader } from './unit-of-work.ts'

const t = initTRPC.context<RequestContext>().meta<Meta>().create({
  isDev: false,
  errorFormatter: ({ shape, error, ctx }) => {
    const app = toAppError(error)
    const appCode: ErrorCode = app.code
    const own = app.cause === undefined || error.cause instanceof AppError
    return {
      code: shape.code,
      message: app.message,
      data: {
        // tRPC's own refusals (no such procedure, wrong method) keep their code and status; ours come from the table.
        code: own ? trpcCodeOf(app) : error.code,
        httpStatus: own ? httpStatusOf(app) : shape.data.httpStatus,
        path: shape.data.path ?? null,
        appCode,
        requestId: ctx?.requestId ?? null,
        details: app.details ?? null,
      },
    }
  },
})

const isIterable = (data: unknown): data is AsyncIterable<unknown> => typeof data === 'object' && data !== null && Symbol.asyncIterator in data

/** Counts the call, and gives every error the form that may leave the house, those inside a running subscription included. */
const guarded = t.middleware(async ({ ctx, path, type, next }) => {
  const mapped = errorMapping({ ctx, path, type })
  try {
    await ctx.countCall({ path, type })
  } catch (error) {
    throw mapped(error)
  }
  const result = ctx.observeCall === undefined ? await next()
    : await ctx.observeCall({ path, type }, () => next(), (ended) => (ended.ok ? 'ok' : toAppError(ended.error).code))
  if (!result.ok) throw mapped(result.error)
  if (!isIterable(result.data)) return result
  return { ...result, data: new MappedStream(result.data[Symbol.asyncIterator](), mapped) }
})

type Call = {
  readonly ctx: Pick<RequestContext, 'log' | 'requestId'> & { readonly signal?: AbortSignal | undefined }
  readonly path: string
  readonly type: 'query' | 'mutation' | 'subscription'
}

/** By itself, so that a running subscription keeps no more of its beginning than this. */
const errorMapping = ({ ctx, path, type }: Call) => (error: unknown): Error => {
  const out = toTrpcError(error)
  if (!(ctx.signal?.aborted === true && isAbort(error))) logErrorOnce(ctx.log, toAppError(out), { requestId: ctx.requestId, path, type })
  return out
}

const isAbort = (error: unknown): boolean => error instanceof Error && (error.name === 'AbortError' || isAbort(error.cause))

const done: IteratorResult<unknown> = { done: true, value: undefined }

/**
 * A stream whose errors are mapped. By hand, not as a generator: ten thousand subscribers wait at a time and a waiting generator holds about
 * a kilobyte, and one that has not begun would not end its source.
 */
class MappedStream implements AsyncIterableIterator<unknown> {
  readonly #source: AsyncIterator<unknown>
  readonly #fail: (error: unknown) => never

  constructor(source: AsyncIterator<unknown>, mapped: (error: unknown) => Error) {
    this.#source = source
    this.#fail = (error) => { throw mapped(error) }
  }

  next(): Promise<IteratorResult<unknown>> {
    return this.#source.next().catch(this.#fail)
  }

  async return(): Promise<IteratorResult<unknown>> {
    return await this.#source.return?.().catch(this.#fail) ?? done
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

/** While the installation takes no changes, only its administrators make some. */
const unlessReadOnly = t.middleware(async ({ ctx, type, meta, next }) => {
  if (type === 'mutation' && meta?.base !== 'platform' && meta?.whileReadOnly !== true) await ctx.mayChange?.()
  return next()
})

const base = t.procedure.use(guarded).use(unlessReadOnly)

export const router = t.router
export const mergeRouters = t.mergeRouters
export const createCallerFactory = t.createCallerFactory

/** Anybody may call. Wants `.meta(open)`, so that nobody opens a door by leaving a word out. */
export const publicProcedure = base.meta({ base: 'public' })

/** Somebody signed in, whatever their organizations: `ctx.person`. */
export const userProcedure = base.meta({ base: 'user', authz: { signedIn: true } }).use(({ ctx, next }) => {
  if (ctx.person === null) throw new AppError('auth.required')
  return next({ ctx: { person: ctx.person } })
})

/**
 * Administrators of the installation, in person: a key carries nobody's rights over the installation. `ctx.person`. Whether they still are, and came in
 * by their second factor, is looked up by the module that builds on this.
 */
export const platformProcedure = base.meta({ base: 'platform', authz: { platform: true } }).use(({ ctx, next }) => {
  if (ctx.person === null) throw new AppError('auth.required')
  if (!ctx.person.platformAdmin || ctx.via !== 'session') throw new AppError('admin.required')
  return next({ ctx: { person: ctx.person } })
})

type Caller = Pick<RequestContext, 'person' | 'actor' | 'orgRequested'>

/** The one check of organization and permission. Throws unless the caller is a member whose role holds what `meta` asks for. */
function admitted({ person, actor, orgRequested }: Caller, meta: Meta | undefined): { person: Person; actor: Actor } {
  if (person === null) throw new AppError('auth.required')
  // Not a member and no such organization are one answer.
  if (actor === null) throw new AppError(orgRequested === null ? 'org.required' : 'org.not_found')
  const permission = permissionOf(meta)
  if (permission === null) throw new AppError('internal', { cause: new Error('an organization procedure names no permission') })
  mustHold(actor, permission)
  return { person, actor }
}

/**
 * A member of the named organization whose role holds the permission of `.meta(may(resource, action))`: `ctx.actor`, `ctx.person`. What changes something
 * is refused while the plan takes no changes, unless its meta says `whileUnpaid`; what can
 * be switched off (`switchedBy`), while it is.
 */
export const orgProcedure = base.meta({ base: 'org' }).use(async ({ ctx, type, meta, next }) => {
  const caller = admitted(ctx, meta)
  if (type === 'mutation' && meta?.whileUnpaid === undefined) await ctx.mayEdit?.(caller.actor)
  const feature = meta?.switchedBy
  if (feature !== undefined && await ctx.switches?.isOn(feature, caller.actor.orgId) === false) throw new AppError('feature.off', { details: { feature } })
  return next({ ctx: caller })
})

/**
 * The same for a query that is one `read`: `ctx.reader`. Where the request left it to that read to find out who calls, the same check follows
 * it, before any of its rows is seen by the procedure.
 */
export const readProcedure = base.meta({ base: 'read' }).use(async ({ ctx, meta, next }) => {
  const { reader, entered } = readerOf(ctx, meta)
  const result = await next({ ctx: { reader } })
  if (result.ok && !entered()) throw new AppError('internal', { cause: new Error('a reading procedure answered without its read') })
  return result
})

function readerOf(ctx: Caller & { readonly arrival?: Arrival | undefined }, meta: Meta | undefined): { reader: Reader; entered: () => boolean } {
  const { arrival } = ctx
  if (arrival === undefined) return { reader: admitted(ctx, meta).actor, entered: () => true }
  let entered = false
  const admit = async (found: Found): Promise<void> => {
    admitted({ ...await arrival.identify(found), orgRequested: ctx.orgRequested }, meta)
    entered = true
  }
  return { reader: { kind: 'arriving', lookup: arrival.lookup, admit }, entered: () => entered }
}
