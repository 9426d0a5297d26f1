import { IntelliDocsError } from '@intellidocs/client'
import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { UsageError } from '../failure.ts'
import { count } from '../output.ts'

type Options = { everywhere?: boolean }

export const configureLogout = (command: Command): Command => command
  .description('sign out; the token is revoked and forgotten')
  .option('--everywhere', 'end your sessions on all devices')

export async function logout(context: CliContext, _args: string[], { everywhere }: Options): Promise<Result> {
  const { installations } = await context.settings.read()
  const known = installations[context.url]
  if (!known) {
    if (everywhere) throw new UsageError(`You are not signed in to ${context.url}: sign in, then end all your sessions.`)
    context.out.print(`Not signed in to ${context.url}.`)
    return done({ url: context.url, signedOut: false })
  }
  // Before this one ends: without it nobody could end the others. A failure leaves the person signed in, to try again.
  const others = everywhere ? (await context.client.api.auth.sessions.revokeOthers.mutate()).revoked : 0
  const told = await revoke(context)
  await context.settings.change((settings) => {
    delete settings.installations[context.url]
    if (settings.current === context.url) settings.current = null
  })
  context.out.print(`Signed out of ${context.url}${everywhere ? ` and ${count(others, 'other session')}` : ''}.`)
  if (told === 'key') context.out.note('The API key is forgotten here and goes on working elsewhere: "intellidocs keys revoke" ends it.')
  if (told === 'unreached') context.out.note('The server could not be told: the token is forgotten here and expires by itself.')
  return done({ url: context.url, signedOut: true, revoked: told === 'revoked', ...(everywhere ? { others } : {}) })
}

/** A token that the server no longer knows needs no revoking; an API key lives until it is revoked as one. */
async function revoke(context: CliContext): Promise<'revoked' | 'key' | 'unreached'> {
  try {
    await context.client.api.auth.signOut.mutate()
    return 'revoked'
  } catch (error) {
    if (!(error instanceof IntelliDocsError)) throw error
    if (error.appCode === 'auth.session_required') return 'key'
    return error.appCode === 'auth.required' ? 'revoked' : 'unreached'
  }
}
