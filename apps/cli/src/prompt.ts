import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { CliContext } from './context.ts'
import { CommandError, UsageError } from './failure.ts'
import { printable } from './output.ts'

/** Asks a person. Where nobody sits, the sentence says which option answers instead. */
export async function ask(context: CliContext, question: string, options: { hidden?: boolean; insteadOf: string }): Promise<string> {
  const { streams, out, signal } = context
  if (!out.interactive || !streams.stdin.isTTY) throw new UsageError(`${options.insteadOf} is needed where no terminal can ask for it.`)
  if (options.hidden) streams.stderr.write(question)
  // What is typed is echoed through this stream; for a password it goes nowhere.
  const output = options.hidden ? new Writable({ write: (_chunk, _encoding, written) => { written() } }) : streams.stderr
  const lines = createInterface({ input: streams.stdin, output, terminal: true })
  try {
    // Whoever draws the line that is typed must know what stands before it, or wipes it away.
    return await lines.question(options.hidden ? '' : question, { signal })
  } finally {
    lines.close()
    if (options.hidden) streams.stderr.write('\n')
  }
}

/** All of stdin without the last line break, for secrets that must not stand in the list of processes. */
export async function readSecret(context: CliContext): Promise<string> {
  const secret = (await text(context.streams.stdin)).replace(/\r?\n$/, '')
  if (!secret) throw new UsageError('Nothing came on stdin.')
  return secret
}

type Confirmation = { readonly sentence: string; readonly word: string; readonly yes: boolean | undefined }

/** Before what cannot be taken back: the person types `word`; a program says `--yes`. */
export async function confirm(context: CliContext, { sentence, word, yes }: Confirmation): Promise<void> {
  if (yes === true) return
  const typed = await ask(context, `${sentence} Type ${printable(word)} to go on: `, { insteadOf: '--yes' })
  if (typed.trim() !== word) throw new CommandError('That is something else; nothing was changed.')
}
