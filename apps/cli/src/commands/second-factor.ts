import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { keepToken } from '../keep-token.ts'
import { ask, readSecret } from '../prompt.ts'

export const configureSecondFactorBegin = (command: Command): Command => command
  .description('make a secret for an authenticator app; it is asked for once "second-factor confirm" has seen a code of it')
  .option('--password-stdin', 'read the password from stdin')

export async function secondFactorBegin(context: CliContext, _args: string[], { passwordStdin }: { passwordStdin?: boolean }): Promise<Result> {
  const { client, out } = context
  const password = await (passwordStdin ? readSecret(context) : ask(context, 'Password: ', { hidden: true, insteadOf: '--password-stdin' }))
  const begun = await client.api.auth.totp.begin.mutate({ password })
  out.print(begun.secret)
  out.print(begun.uri)
  out.note('Put the secret into an authenticator app, then: "intellidocs second-factor confirm CODE" with the six digits it shows.')
  return done(begun)
}

export const configureSecondFactorConfirm = (command: Command): Command => command
  .description('switch the second factor on; sign-ins ask for it from then on, and your other sessions end').argument('<code>', 'six digits of the app')

export async function secondFactorConfirm(context: CliContext, [code = '']: string[]): Promise<Result> {
  const { recoveryCodes, token } = await context.client.api.auth.totp.confirm.mutate({ code, transport: 'token' })
  await keepToken(context, token)
  for (const recovery of recoveryCodes) context.out.print(recovery)
  context.out.note('The second factor is on. These codes are shown this once: each opens your account one time when the app is lost.')
  return done({ recoveryCodes })
}

export const configureSecondFactorOff = (command: Command): Command => command
  .description('switch the second factor off').argument('<code>', 'six digits of the app, or a recovery code')

export async function secondFactorOff(context: CliContext, [code = '']: string[]): Promise<Result> {
  const { token } = await context.client.api.auth.totp.disable.mutate({ code, transport: 'token' })
  await keepToken(context, token)
  context.out.print('The second factor is off.')
  return done({ secondFactor: false })
}
