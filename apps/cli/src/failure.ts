import { CommanderError } from 'commander'
import { IntelliDocsError } from '@intellidocs/client'
import { queryFault } from '@intellidocs/contracts'
import { ConfigError } from '@intellidocs/kernel'
import { printable } from './output.ts'

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
    const message = tooMuch(error) ?? error.message.replace(/^error: /, '')
    return { exitCode: EXIT.usage, message, error: { code: 'usage', message } }
  }
  if (error instanceof IntelliDocsError) return describeApiError(error)
  if (isAbort(error)) return { exitCode: EXIT.interrupted, message: 'Interrupted.', error: { code: 'interrupted', message: 'Interrupted.' } }
  const message = fileFault(error) ?? (error instanceof Error ? error.message : String(error))
  const code = error instanceof ConfigError ? 'config' : 'failed'
  return { exitCode: EXIT.failed, message, error: { code, message } }
}

/** Commander names the command that stands in where the second word is left out, which nobody has typed. */
function tooMuch(error: Error): string | null {
  if (!(error instanceof CommanderError) || error.code !== 'commander.excessArguments') return null
  const [, words = ''] = /got \d+: (.*)\.$/s.exec(error.message) ?? []
  return `There is no place for "${printable(words)}" here. "--help" behind the command lists what it takes.`
}

/** What the server says to every caller, as one at a terminal can act on it. */
const AT_A_TERMINAL: Partial<Record<string, string>> = {
  'auth.required': 'You are not signed in, or your sign-in or API key is over: "intellidocs login".',
  'auth.session_required': 'An API key cannot do this: sign in with "intellidocs login".',
  'org.required': 'Name the organization with --org, or choose one with "intellidocs orgs use".',
}

const HINTS: Partial<Record<string, string>> = {
  'auth.sign_up_closed': 'The link of their mail goes behind --invitation.',
  'auth.account_exists': '"intellidocs login", then "intellidocs invite accept LINK".',
  'auth.second_factor_on': '"intellidocs second-factor off CODE".',
  'auth.second_factor_off': '"intellidocs second-factor begin" begins one.',
  'org.not_found': '"intellidocs orgs" lists yours.',
  'org.last_owner': '"intellidocs orgs transfer MEMBER" does so.',
  'run.open': '"intellidocs flows runs --state open" lists it.',
  'task.second_factor': '"intellidocs second-factor begin" sets one up; then "intellidocs login" asks for its code.',
  'document.not_found': 'If there is one, whoever manages it can let you see it.',
  'folder.not_found': 'If there is one, whoever manages it can let you see it.',
}

function describeApiError(error: IntelliDocsError): Failure {
  const { code, appCode, requestId, details, message } = error
  if (code === 'ABORTED') return { exitCode: EXIT.interrupted, message: 'Interrupted.', error: { code: 'interrupted', message: 'Interrupted.' } }
  const hint = code === 'UNREACHABLE' ? 'Is it running? "intellidocs doctor" tells more.' : HINTS[appCode ?? '']
  const request = appCode === 'internal' && requestId ? `Request ${requestId}.` : ''
  const fault = appCode === 'search.query_invalid' ? queryFault.safeParse(details).data : undefined
  const said = memberOf(details, 'via') === 'apiKey' ? '' : fault?.message ?? AT_A_TERMINAL[appCode ?? ''] ?? message
  const sentence = [said, lackOf(details), quotaOf(details), keptBy(details), issuesOf(details), hint, waitOf(details), request].filter(Boolean).join(' ')
  return { exitCode: EXIT.failed, message: sentence, error: { code: appCode ?? code, trpcCode: code, message, requestId, details } }
}

/** The permission that was missing, where the server says so. */
const lackOf = (details: unknown): string => {
  const permission = memberOf(details, 'permission')
  if (typeof permission !== 'string') return ''
  if (memberOf(details, 'via') === 'apiKey') return `This API key lacks ${permission}; its owner can make one that holds it, as far as they hold it themselves.`
  return `It takes ${permission}${permission === 'orgs:delete' ? ', which owners alone hold' : ''}.`
}

/** What stands against a deletion, where the server says so. */
function keptBy(details: unknown): string {
  const [holdId, ruleId, name, until] = ['holdId', 'ruleId', 'name', 'until'].map((key) => memberOf(details, key))
  if (typeof name !== 'string') return ''
  if (typeof holdId === 'string') return `It is the hold ${printable(name)} (${holdId}).`
  if (typeof ruleId !== 'string') return ''
  return `It is the rule ${printable(name)} (${ruleId}), ${typeof until === 'string' ? `until ${until.slice(0, 10)}` : 'until its field holds a date'}.`
}

/** What is used of which limit, and who can change that. */
const quotaOf = (details: unknown): string => {
  const [meter, used, limit, plan, resets, roles] = ['meter', 'used', 'limit', 'plan', 'resetsAt', 'askRoles'].map((name) => memberOf(details, name))
  if (typeof plan !== 'string' || !Array.isArray(roles)) return ''
  const of = typeof meter === 'string' ? `Of ${meter}, ${String(used)} of ${String(limit)} are used on the plan ${plan}. ` : ''
  const anew = typeof resets === 'string' ? `It begins anew on ${resets.slice(0, 10)}. ` : ''
  return `${of}${anew}Whoever is ${roles.join(' or ')} of the organization can change its plan.`
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
  return issues.map((issue: { path?: string; message?: string }) => `${issue.path ?? ''}: ${(issue.message ?? '').replace(/\.$/, '')}.`).join(' ')
}

const FILE_FAULTS: Partial<Record<string, string>> = {
  ENOENT: 'is not there', EACCES: 'may not be opened by you', EPERM: 'may not be opened by you', EISDIR: 'is a folder, and a file is wanted',
  ENOTDIR: 'is not a folder', ENOSPC: 'could not be written: the disk is full',
}

/** What was wrong with a file that somebody named, in words; null for anything else. */
function fileFault(error: unknown): string | null {
  const [code, path] = [memberOf(error, 'code'), memberOf(error, 'path')]
  const fault = typeof code === 'string' ? FILE_FAULTS[code] : undefined
  return fault === undefined || typeof path !== 'string' ? null : `${printable(path)} ${fault}.`
}

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError'
