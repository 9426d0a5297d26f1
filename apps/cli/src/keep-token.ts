import type { CliContext } from './context.ts'
import { CommandError } from './failure.ts'

/** The session goes on under a new token. One from the environment is not ours to keep. */
export async function keepToken(context: CliContext, token: string | null): Promise<void> {
  if (token === null) throw new CommandError('The server gave no token; sign in again.')
  await context.settings.change(({ installations }) => {
    const known = installations[context.url]
    if (known !== undefined && known.token === context.token) known.token = token
  })
}
