import { IntelliDocsError } from '@intellidocs/client'
import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'

export const configureLogout = (command: Command): Command => command.description('sign out; the token is revoked and forgotten')

export async function logout(context: CliContext): Promise<Result> {
  const { installations } = await context.settings.read()
  const known = installations[context.url]
  if (!known) {
    context.out.print(`Not signed in to ${context.url}.`)
    return done({ url: context.url, signedOut: false })
  }
  const revoked = await revoke(context)
  await context.settings.change((settings) => {
    delete settings.installations[context.url]
    if (settings.current === context.url) settings.current = null
  })
  context.out.print(`Signed out of ${context.url}.`)
  if (!revoked) context.out.note('The server could not be told: the token is forgotten here and expires by itself.')
  return done({ url: context.url, signedOut: true, revoked })
}

/** A token that the server no longer knows needs no revoking; an API key lives until it is revoked as one. */
async function revoke(context: CliContext): Promise<boolean> {
  try {
    await context.client.api.auth.signOut.mutate()
    return true
  } catch (error) {
    if (!(error instanceof IntelliDocsError)) throw error
    return error.appCode === 'auth.required'
  }
}
