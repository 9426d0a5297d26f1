import { CommanderError } from 'commander'
import { IntelliDocsError } from '@intellidocs/client'
import { ConfigError } from '@intellidocs/kernel'

export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const

/** The command was called in a way it cannot be; the sentence says how. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The command could not do what it was asked, and the sentence is all there is to say. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** How a failure leaves the program: one sentence, an exit code, and what `--json` prints. */
export type Failure = { readonly exitCode: number; readonly message: string; readonly error: Record<string, unknown> }

export function describeFailure(error: unknown): Failure {
  if (error instanceof CommanderError || error instanceof UsageError) {
    const message = error.message.replace(/^error: /, '')
    return { exitCode: EXIT.usage, message, error: { code: 'usage', message } }
  }
  if (error instanceof IntelliDocsError) return describeApiError(error)
  if (isAbort(error)) return { exitCode: EXIT.interrupted, message: 'Interrupted.', error: { code: 'interrupted', message: 'Interrupted.' } }
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof ConfigError ? 'config' : 'failed'
  return { exitCode: EXIT.failed, message, error: { code, message } }
}

const HINTS: Partial<Record<string, string>> = {
  'auth.required': 'Sign in with "intellidocs login".',
  'auth.session_required': 'Sign in with "intellidocs login".',
  'org.required': 'Name the organization with --org, or choose one with "intellidocs orgs use".',
  'org.not_found': '"intellidocs orgs" lists yours.',
  'document.not_found': 'If there is one, whoever manages it can let you see it.',
  'folder.not_found': 'If there is one, whoever manages it can let you see it.',
}

function describeApiError(error: IntelliDocsError): Failure {
  const { code, appCode, requestId, details, message } = error
  if (code === 'ABORTED') return { exitCode: EXIT.interrupted, message: 'Interrupted.', error: { code: 'interrupted', message: 'Interrupted.' } }
  const hint = code === 'UNREACHABLE' ? 'Is it running? "intellidocs doctor" tells more.' : HINTS[appCode ?? '']
  const request = appCode === 'internal' && requestId ? `Request ${requestId}.` : ''
  const sentence = [message, lackOf(details), issuesOf(details), hint, waitOf(details), request].filter(Boolean).join(' ')
  return { exitCode: EXIT.failed, message: sentence, error: { code: appCode ?? code, trpcCode: code, message, requestId, details } }
}

/** The permission that was missing, where the server says so. */
const lackOf = (details: unknown): string => {
  const permission = memberOf(details, 'permission')
  return typeof permission === 'string' ? `It takes ${permission}.` : ''
}

/** When to come back. */
const waitOf = (details: unknown): string => {
  const ms = memberOf(details, 'retryAfterMs')
  return typeof ms === 'number' ? `Again in ${Math.max(1, Math.ceil(ms / 1000))} s.` : ''
}

const memberOf = (details: unknown, name: string): unknown =>
  (typeof details === 'object' && details !== null ? Reflect.get(details, name) : undefined)

/** Which parts of the input the server refused, as `name: too long`. */
function issuesOf(details: unknown): string {
  const issues = memberOf(details, 'issues')
  if (!Array.isArray(issues)) return ''
  return issues.map((issue: { path?: string; message?: string }) => `${issue.path ?? ''}: ${issue.message ?? ''}.`).join(' ')
}

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError'
