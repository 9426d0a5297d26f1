import { usersContract } from '@intellidocs/contracts'
import { AppError } from '@intellidocs/kernel'
import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { CommandError, UsageError } from '../failure.ts'
import { count, printable } from '../output.ts'
import { confirm } from '../prompt.ts'
import { withYes } from './orgs.ts'

export const configureSecondFactorTakeOff = (command: Command): Command => withYes(command)
  .description('for an account whose app and recovery codes are lost; for whoever runs the installation, on the server')
  .argument('<email>', 'the account')

export async function secondFactorTakeOff(context: CliContext, [typed = '']: string[], { yes }: { yes?: boolean }): Promise<Result> {
  const parsed = usersContract.email.safeParse(typed)
  if (!parsed.success) throw new UsageError(`${printable(typed)} is no e-mail address.`)
  const email = parsed.data
  const sentence = `${printable(email)} signs in by their password alone then, and their sessions end. Be sure that it is they who ask.`
  await confirm(context, { sentence, word: email, yes })
  // Database and modules are dear to load, and no other command needs them.
  const { openModules } = await import('../open-modules.ts')
  const { modules, close } = await openModules(context.env)
  try {
    const taken = await modules.users.takeOffSecondFactor({ email })
    if (taken === null) throw new CommandError(`No account has the address ${printable(email)}.`)
    context.out.print(`The second factor of ${printable(email)} is off, and ${count(taken.sessionsEnded, 'session')} ended. A mail tells them.`)
    return done(taken)
  } catch (error) {
    if (error instanceof AppError && error.code === 'auth.second_factor_off') throw new CommandError(`${printable(email)} has no second factor that is on.`)
    throw error
  } finally {
    await close()
  }
}
