import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { UsageError } from '../failure.ts'
import { keepToken } from '../keep-token.ts'
import { openClient } from '../open-client.ts'
import { ask, readSecret } from '../prompt.ts'
import { tokenOf } from './invite.ts'

const NEW = 'New password, 8 to 128 characters: '

export const configurePasswordChange = (command: Command): Command => command
  .description('change your password; your other sessions end')
  .option('--passwords-stdin', 'read two lines from stdin: the present one and the new one')

export async function passwordChange(context: CliContext, _args: string[], { passwordsStdin }: { passwordsStdin?: boolean }): Promise<Result> {
  const { current, password } = passwordsStdin ? await twoLines(context) : await askBoth(context)
  const { token } = await context.client.api.auth.changePassword.mutate({ current, password, transport: 'token' })
  await keepToken(context, token)
  context.out.print('Your password is changed, and your other sessions have ended.')
  return done({ changed: true })
}

async function twoLines(context: CliContext): Promise<{ current: string; password: string }> {
  const [current, password, ...more] = (await readSecret(context)).split(/\r?\n/)
  if (!current || !password || more.length > 0) throw new UsageError('Two lines are wanted on stdin: the present password and the new one.')
  return { current, password }
}

async function askBoth(context: CliContext): Promise<{ current: string; password: string }> {
  const insteadOf = '--passwords-stdin'
  const current = await ask(context, 'Present password: ', { hidden: true, insteadOf })
  return { current, password: await ask(context, NEW, { hidden: true, insteadOf }) }
}

export const configurePasswordForgotten = (command: Command): Command => command
  .description('ask for a mail by which a new password is set').argument('<email>', 'the account')

export async function passwordForgotten(context: CliContext, [email = '']: string[]): Promise<Result> {
  const { requested } = await openClient({ url: context.url }).api.auth.requestPasswordReset.mutate({ email })
  context.out.print('If there is an account of this address, a mail is on its way to it. Then: "intellidocs password set TOKEN".')
  return done({ url: context.url, requested })
}

export const configurePasswordSet = (command: Command): Command => command
  .description('set a new password by the mail; all your sessions end')
  .argument('<token>', 'the token, or the whole link, of the mail')
  .option('--password-stdin', 'read the password from stdin')

export async function passwordSet(context: CliContext, [given = '']: string[], { passwordStdin }: { passwordStdin?: boolean }): Promise<Result> {
  const password = await (passwordStdin ? readSecret(context) : ask(context, NEW, { hidden: true, insteadOf: '--password-stdin' }))
  const { reset } = await openClient({ url: context.url }).api.auth.resetPassword.mutate({ token: tokenOf(given), password })
  context.out.print('Your password is set, and all your sessions have ended. Sign in with "intellidocs login".')
  return done({ url: context.url, reset })
}
