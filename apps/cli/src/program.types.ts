import type { Command } from 'commander'
import type { CliContext, Result } from './context.ts'

type Runner<O> = (context: CliContext, args: string[], options: O) => Promise<Result>
/** Adds a command: its name of one or two words, what the command line takes, and what it does. */
export type Add = <O extends object>(name: string, configure: (command: Command) => Command, run: Runner<O>) => void
