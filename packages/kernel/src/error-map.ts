import { errorTable, httpStatus, type ErrorCode } from '@intellidocs/contracts'
import { TRPCError } from '@trpc/server'
import { z, ZodError } from 'zod'
import { AppError } from './app-error.ts'
import { inputIssues } from './input-issues.ts'
import type { Log } from './log.ts'

type TrpcCode = TRPCError['code']

/** Errors that tRPC makes itself, before any code of ours runs. The rest of its codes means that something of ours broke. */
const fromTrpc: Partial<Record<TrpcCode, ErrorCode>> = {
  BAD_REQUEST: 'input.invalid', PARSE_ERROR: 'input.invalid', UNSUPPORTED_MEDIA_TYPE: 'input.invalid', METHOD_NOT_SUPPORTED: 'input.invalid',
  NOT_FOUND: 'procedure.not_found', PAYLOAD_TOO_LARGE: 'input.too_large', UNAUTHORIZED: 'auth.required', FORBIDDEN: 'auth.forbidden',
  TOO_MANY_REQUESTS: 'rate.limited', SERVICE_UNAVAILABLE: 'service.unavailable',
}

/** Lost connections, refused connections and exhausted pools, as Node, pg and Prisma spell them. */
const unavailable = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', '57P01', '57P02', '57P03', '53300',
])

const codeOf = (error: Error): unknown => ('code' in error ? error.code : undefined)

/** Prisma wraps what the database said of a raw query (P2010) four levels deep; its own code tells nothing. */
const databaseError = z.object({ meta: z.object({ driverAdapterError: z.object({ cause: z.object({ originalCode: z.string() }) }) }) })

function isUnavailable(error: Error): boolean {
  const wrapped = databaseError.safeParse(error)
  return unavailable.has(String(codeOf(error))) || (wrapped.success && unavailable.has(wrapped.data.meta.driverAdapterError.cause.originalCode))
}

/** Decides once what any thrown thing means to a caller. What is not known becomes `internal`, with the original as `cause`. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  if (error instanceof TRPCError) return fromTrpcError(error)
  if (error instanceof Error && isUnavailable(error)) return new AppError('service.unavailable', { cause: error })
  return new AppError('internal', { cause: error })
}

function fromTrpcError(error: TRPCError): AppError {
  if (error.cause instanceof AppError) return error.cause
  if (error.code === 'BAD_REQUEST' && error.cause instanceof ZodError) {
    return new AppError('input.invalid', { details: { issues: inputIssues(error.cause) }, cause: error })
  }
  if (error.code === 'INTERNAL_SERVER_ERROR' && error.cause !== undefined) return toAppError(error.cause)
  return new AppError(fromTrpc[error.code] ?? 'internal', { cause: error })
}

/** tRPC has no 507; the body and the HTTP status still say it (`httpStatusOf`). */
export function trpcCodeOf(error: AppError): TrpcCode {
  const { http } = errorTable[error.code]
  return http === 'INSUFFICIENT_STORAGE' ? 'SERVICE_UNAVAILABLE' : http
}

/** The HTTP status that tRPC and the plain routes answer with. */
export const httpStatusOf = (error: AppError): number => httpStatus[errorTable[error.code].http]

/** The form in which an error leaves a procedure: our message, our code, no text of the original. */
export function toTrpcError(error: unknown): TRPCError {
  const app = toAppError(error)
  return new TRPCError({ code: trpcCodeOf(app), message: app.message, cause: app })
}

const logged = new WeakSet<AppError>()

/** Logs an error once, however many layers see it: the caller's business as `info`, ours as `error` with the stack. */
export function logErrorOnce(log: Log, error: AppError, fields: Record<string, unknown>): void {
  if (logged.has(error)) return
  logged.add(error)
  if (errorTable[error.code].expected) log.info({ ...fields, code: error.code }, error.message)
  else log.error({ ...fields, code: error.code, err: error.cause ?? error }, error.message)
}
