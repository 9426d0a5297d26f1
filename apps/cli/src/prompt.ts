import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { UsageError } from './failure.ts'
import type { CliContext } from './context.ts'

/** Asks a person. Where nobody sits, the sentence says which option answers instead. */
export async function ask(context: CliContext, question: string, options: { hidden?: boolean; insteadOf: string }): Promise<string> {
  const { streams, out, signal } = context
  if (!out.interactive || !streams.stdin.isTTY) throw new UsageError(`${options.insteadOf} is needed where no terminal can ask for it.`)
  streams.stderr.write(question)
  // What is typed is echoed through this stream; for a password it goes nowhere.
  const output = options.hidden ? new Writable({ write: (_chunk, _encoding, written) => { written() } }) : streams.stderr
  const lines = createInterface({ input: streams.stdin, output, terminal: true })
  try {
    return await lines.question('', { signal })
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
