import { TRPCClientError } from '@trpc/client'
import { errorTable, httpStatus, type ErrorCode } from '@intellidocs/contracts'
import type { AppRouter } from '@intellidocs/domain'

type Data = NonNullable<TRPCClientError<AppRouter>['data']>

/** tRPC's own codes; `UNREACHABLE` where no answer came at all, `ABORTED` where the caller gave up. */
export type ClientErrorCode = Data['code'] | 'INSUFFICIENT_STORAGE' | 'UNREACHABLE' | 'ABORTED'

type Facts = {
  readonly code: ClientErrorCode
  readonly appCode?: ErrorCode | undefined
  readonly requestId?: string | undefined
  readonly details?: unknown
  readonly cause?: unknown
}

/**
 * The only error this package throws, for calls, uploads, downloads and live events alike. `appCode` is a line of the error table and is what
 * programs compare; `requestId` finds the error in the server's log. Both are null when the server did not get to answer.
 */
export class IntelliDocsError extends TRPCClientError<AppRouter> {
  readonly code: ClientErrorCode
  readonly appCode: ErrorCode | null
  readonly requestId: string | null
  /** What the server says beside the message, for example which parts of the input are wrong. */
  readonly details: unknown

  constructor(message: string, { code, appCode, requestId, details, cause }: Facts) {
    super(message, cause instanceof Error ? { cause } : {})
    // The parent's constructor sets its own prototype.
    Object.setPrototypeOf(this, IntelliDocsError.prototype)
    this.name = 'IntelliDocsError'
    this.code = code
    this.appCode = appCode ?? null
    this.requestId = requestId ?? null
    this.details = details ?? null
  }

  /** True when the same call may succeed a little later without anything being changed. */
  get retryable(): boolean {
    return RETRYABLE.has(this.code)
  }
}

const RETRYABLE = new Set<ClientErrorCode>(['UNREACHABLE', 'SERVICE_UNAVAILABLE', 'TOO_MANY_REQUESTS', 'TIMEOUT', 'BAD_GATEWAY', 'GATEWAY_TIMEOUT'])

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const isErrorCode = (value: unknown): value is ErrorCode => typeof value === 'string' && Object.hasOwn(errorTable, value)
const isAbort = (error: unknown): boolean => error instanceof Error && (error.name === 'AbortError' || isAbort(error.cause))

/** Gives any failure of a call its one form. `server` is named where it did not answer. */
export function toIntelliDocsError(error: unknown, server: string): IntelliDocsError {
  if (error instanceof IntelliDocsError) return error
  if (isAbort(error)) return new IntelliDocsError('The call was aborted.', { code: 'ABORTED', cause: error })
  if (error instanceof TRPCClientError && isRecord(error.data)) {
    const { code, appCode, requestId, details } = error.data as Partial<Data>
    const own = { appCode: isErrorCode(appCode) ? appCode : undefined, requestId: requestId ?? undefined, details }
    return new IntelliDocsError(error.message, { code: code ?? 'INTERNAL_SERVER_ERROR', cause: error, ...own })
  }
  return new IntelliDocsError(`The server at ${server} did not answer.`, { code: 'UNREACHABLE', cause: error })
}

/** The error in the body of a plain HTTP answer (uploads, downloads); a proxy's own page becomes its status. */
export function fromHttpAnswer(status: number, body: string, requestId: string | null): IntelliDocsError {
  const error = parseErrorBody(body)
  if (!error) return new IntelliDocsError(`The server answered ${status}.`, { code: codeOfStatus(status), requestId: requestId ?? undefined })
  const { code: appCode, message, ...rest } = error
  return new IntelliDocsError(message, { code: errorTable[appCode].http, appCode, ...rest })
}

function parseErrorBody(body: string): { code: ErrorCode; message: string; requestId: string | undefined; details: unknown } | null {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return null // not ours: a proxy between us and the server answered
  }
  const error = isRecord(parsed) ? parsed['error'] : null
  if (!isRecord(error) || !isErrorCode(error['code'])) return null
  const { code, message, requestId, details } = error
  return { code, message: String(message), requestId: typeof requestId === 'string' ? requestId : undefined, details }
}

function codeOfStatus(status: number): ClientErrorCode {
  const known = Object.entries(httpStatus).find(([, value]) => value === status)
  if (known) return known[0] as keyof typeof httpStatus
  return status >= 502 && status <= 504 ? 'SERVICE_UNAVAILABLE' : 'INTERNAL_SERVER_ERROR'
}
