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
  'org.required': 'Name the organization with --org.',
}

function describeApiError(error: IntelliDocsError): Failure {
  const { code, appCode, requestId, details, message } = error
  if (code === 'ABORTED') return { exitCode: EXIT.interrupted, message: 'Interrupted.', error: { code: 'interrupted', message: 'Interrupted.' } }
  const hint = code === 'UNREACHABLE' ? 'Is it running? "intellidocs doctor" tells more.' : HINTS[appCode ?? '']
  const sentence = [message, issuesOf(details), hint, appCode === 'internal' && requestId ? `Request ${requestId}.` : ''].filter(Boolean).join(' ')
  return { exitCode: EXIT.failed, message: sentence, error: { code: appCode ?? code, trpcCode: code, message, requestId, details } }
}

/** Which parts of the input the server refused, as `name: too long`. */
function issuesOf(details: unknown): string {
  const issues = typeof details === 'object' && details !== null && 'issues' in details && Array.isArray(details.issues) ? details.issues : []
  return issues.map((issue: { path?: string; message?: string }) => `${issue.path ?? ''}: ${issue.message ?? ''}.`).join(' ')
}

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError'
