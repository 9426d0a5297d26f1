import { PassThrough, Writable } from 'node:stream'
import { run } from './run.ts'
import type { Env } from './context.ts'

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string; json(): unknown }

/**
 * `stdin` is what is piped in; with `answers` somebody sits at a terminal and answers one question after the other. `onNote` gets what is said on
 * stderr while the command goes on.
 */
type Options = { env: Env; stdin?: string; answers?: readonly string[]; signal?: AbortSignal; onNote?: (text: string) => void }

/** Runs one command line as a script would, or as a person at a terminal; streams are kept. */
export async function runCli(args: string[], options: Options): Promise<Ran> {
  const { env, stdin: piped = '', answers, signal = new AbortController().signal } = options
  const isTTY = answers !== undefined
  const stdin = Object.assign(new PassThrough(), { isTTY })
  const waiting = [...answers ?? []]
  // A question ends with a colon and no line break.
  const onText = (text: string): void => {
    options.onNote?.(text)
    if (isTTY && text.endsWith(': ')) stdin.write(`${waiting.shift() ?? ''}\r`)
  }
  const [stdout, stderr] = [collector(isTTY, () => undefined), collector(isTTY, onText)]
  if (!isTTY) stdin.end(piped)
  const code = await run({ args, env, signal, streams: { stdout: stdout.stream, stderr: stderr.stream, stdin } })
  stdin.destroy()
  return { code, stdout: stdout.text(), stderr: stderr.text(), json: () => JSON.parse(stdout.text()) as unknown }
}

function collector(isTTY: boolean, onText: (text: string) => void): { stream: Writable & { isTTY: boolean }; text(): string } {
  let text = ''
  const stream = Object.assign(new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString()
      onText(chunk.toString())
      done()
    },
  }), { isTTY })
  return { stream, text: () => text }
}
