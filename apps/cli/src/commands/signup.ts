import { locales, type Locale } from '@intellidocs/contracts'
import { Option, type Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { openClient } from '../open-client.ts'
import { printable } from '../output.ts'
import { ask, readSecret } from '../prompt.ts'
import { tokenOf } from './invite.ts'

type Options = { email?: string; name?: string; locale: Locale; invitation?: string; passwordStdin?: boolean }

export const configureSignup = (command: Command): Command => command
  .description('make an account; an invitation makes it at once, without one a mail confirms the address')
  .option('--email <address>', 'the account')
  .option('--name <name>', 'as others read it')
  .option('--invitation <token>', 'the token, or the whole link, of an invitation to this address')
  .option('--password-stdin', 'read the password from stdin')
  .addOption(new Option('--locale <locale>', 'the language of mail to you').choices([...locales]).default('en'))

export async function signup(context: CliContext, _args: string[], options: Options): Promise<Result> {
  const email = options.email ?? await ask(context, 'E-mail: ', { insteadOf: '--email' })
  const name = options.name ?? await ask(context, 'Name: ', { insteadOf: '--name' })
  const askPassword = () => ask(context, 'Password, 8 to 128 characters: ', { hidden: true, insteadOf: '--password-stdin' })
  const password = await (options.passwordStdin ? readSecret(context) : askPassword())
  const invitation = options.invitation === undefined ? {} : { invitation: tokenOf(options.invitation) }
  // As nobody: a token of an earlier sign-in is of no use here and may have expired.
  const { api } = openClient({ url: context.url })
  const { next } = await api.auth.signUp.mutate({ email, password, name, locale: options.locale, ...invitation })
  context.out.print(next === 'sign-in'
    ? `Your account is there: "intellidocs login --url ${context.url} --email ${printable(email)}".`
    : `A mail is on its way to ${printable(email)}. Confirm it with "intellidocs confirm-email TOKEN", then sign in.`)
  return done({ url: context.url, email, next })
}

export const configureConfirmEmail = (command: Command): Command => command
  .description('confirm your address by the mail that came to it, and the password you signed up with').argument('<token>', 'the token, or the whole link')
  .option('--password-stdin', 'read the password from stdin')

export async function confirmEmail(context: CliContext, [given = '']: string[], { passwordStdin }: { passwordStdin?: boolean }): Promise<Result> {
  const askPassword = () => ask(context, 'The password you signed up with: ', { hidden: true, insteadOf: '--password-stdin' })
  const password = await (passwordStdin ? readSecret(context) : askPassword())
  const { verified } = await openClient({ url: context.url }).api.auth.verifyEmail.mutate({ token: tokenOf(given), password })
  context.out.print('Your address is confirmed and your account is there. Sign in with "intellidocs login".')
  return done({ url: context.url, verified })
}
