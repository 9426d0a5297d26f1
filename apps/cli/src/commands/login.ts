import { IntelliDocsError, type IntelliDocsClient } from '@intellidocs/client'
import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { CommandError, UsageError } from '../failure.ts'
import { openClient } from '../open-client.ts'
import { printable } from '../output.ts'
import { ask, readSecret } from '../prompt.ts'

type Options = { email?: string; passwordStdin?: boolean; apiKeyStdin?: boolean; code?: string }
const CODE_ATTEMPTS = 3

type Org = { orgId: string; slug: string; name: string; role: string }

export const configureLogin = (command: Command): Command => command
  .description('sign in; the token is kept in your config folder')
  .option('--email <address>', 'the account')
  .option('--password-stdin', 'read the password from stdin')
  .option('--code <code>', 'the code of the second factor, or a recovery code; each opens once')
  .option('--api-key-stdin', 'sign in by an API key, read from stdin')

export async function login(context: CliContext, _args: string[], options: Options): Promise<Result> {
  if (options.passwordStdin && options.apiKeyStdin) throw new UsageError('--password-stdin and --api-key-stdin exclude each other.')
  if (options.code !== undefined && options.apiKeyStdin) throw new UsageError('An API key has no second factor: leave --code out.')
  const { token, email, orgs } = options.apiKeyStdin ? await byKey(context) : await byPassword(context, options)
  const { installations } = await context.settings.read()
  const org = chooseOrg(orgs, { named: context.org, before: installations[context.url]?.org ?? undefined })
  if (org === 'unknown') {
    // A key goes on working elsewhere; a session that nobody keeps would stay open unseen.
    if (!options.apiKeyStdin) await openClient({ url: context.url, token }).api.auth.signOut.mutate()
    throw notYours(orgs, context.org)
  }
  await context.settings.change((settings) => {
    settings.current = context.url
    settings.installations[context.url] = { token, email, org: org?.slug ?? null }
  })
  context.out.print(`Signed in to ${context.url} as ${email}${org ? `, organization ${printable(org.name)} (${org.slug})` : ''}.`)
  if (org === null && orgs.length > 0) context.out.note(`You belong to several organizations; choose one with "intellidocs orgs use": ${namesOf(orgs)}.`)
  return done({ url: context.url, email, org: org?.slug ?? null })
}

async function byPassword(context: CliContext, options: Options) {
  const email = options.email ?? await ask(context, 'E-mail: ', { insteadOf: '--email' })
  const askPassword = () => ask(context, 'Password: ', { hidden: true, insteadOf: '--password-stdin' })
  const password = await (options.passwordStdin ? readSecret(context) : askPassword())
  // Without the token of an earlier sign-in, which may have expired.
  const { token, user, orgs } = await signIn(context, openClient({ url: context.url }), { email, password, ...codeOf(options) })
  if (!token) throw new CommandError('The server gave no token.')
  return { token, email: user.email, orgs }
}

const codeOf = ({ code }: Options): { code?: string } => (code === undefined ? {} : { code })

type Given = { email: string; password: string; code?: string }

async function signIn(context: CliContext, { api }: IntelliDocsClient, given: Given) {
  try {
    return await api.auth.signIn.mutate({ ...given, transport: 'token' })
  } catch (error) {
    if (!(error instanceof IntelliDocsError) || error.appCode !== 'auth.second_factor_required') throw error
    return byCode(context, { api }, challengeOf(error))
  }
}

/** A wrong code may be typed anew while the challenge lasts. */
async function byCode(context: CliContext, { api }: Pick<IntelliDocsClient, 'api'>, challenge: string) {
  for (let attempt = 1; ; attempt++) {
    const insteadOf = 'Your second factor is on: --code'
    const code = await ask(context, 'Code of your second factor, or a recovery code: ', { hidden: true, insteadOf })
    try {
      return await api.auth.secondFactor.mutate({ challenge, code, transport: 'token' })
    } catch (error) {
      if (!(error instanceof IntelliDocsError) || error.appCode !== 'auth.code_invalid' || attempt === CODE_ATTEMPTS) throw error
      context.out.note(error.message)
    }
  }
}

function challengeOf({ details }: IntelliDocsError): string {
  const challenge = typeof details === 'object' && details !== null && 'challenge' in details ? details.challenge : undefined
  if (typeof challenge !== 'string') throw new CommandError('The server asked for a second factor and gave no way to send it.')
  return challenge
}

async function byKey(context: CliContext) {
  const token = await readSecret(context)
  const { user, orgs, org } = await openClient({ url: context.url, token }).api.auth.me.query()
  return { token, email: user.email, orgs: orgs.filter(({ orgId }) => orgId === org) }
}

const namesOf = (orgs: readonly Org[]): string => orgs.map(({ slug }) => slug).join(', ')

/**
 * Null where none is named and several could be meant: the sign-in stands, and a code of the second factor is not spent for nothing. The one that was
 * worked in `before` may have been somebody else's, or is closed: it is taken where it can be.
 */
function chooseOrg(orgs: readonly Org[], { named, before }: { named: string | undefined; before: string | undefined }): Org | 'unknown' | null {
  const found = orgs.find(({ orgId, slug }) => slug === named || orgId === named)
  if (found !== undefined) return found
  if (named !== undefined && named !== before) return 'unknown'
  return orgs.length === 1 ? orgs[0] ?? null : null
}

function notYours(orgs: readonly Org[], named: string | undefined): CommandError {
  const yours = orgs.length === 0 ? '' : `; yours: ${namesOf(orgs)}`
  return new CommandError(`You do not belong to an organization "${printable(named ?? '')}"${yours}. Whoever manages its members can invite you.`)
}
