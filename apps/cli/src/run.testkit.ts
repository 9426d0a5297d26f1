import { PassThrough, Writable } from 'node:stream'
import { run } from './run.ts'
import type { Env } from './context.ts'

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string; json(): unknown }

/** Runs one command line as a script would: no terminal, streams kept. `stdin` is what is piped in. */
export async function runCli(args: string[], options: { env: Env; stdin?: string; signal?: AbortSignal }): Promise<Ran> {
  const [stdout, stderr] = [collector(), collector()]
  const stdin = new PassThrough()
  stdin.end(options.stdin ?? '')
  const signal = options.signal ?? new AbortController().signal
  const code = await run({ args, env: options.env, signal, streams: { stdout: stdout.stream, stderr: stderr.stream, stdin } })
  return { code, stdout: stdout.text(), stderr: stderr.text(), json: () => JSON.parse(stdout.text()) as unknown }
}

function collector(): { stream: Writable; text(): string } {
  let text = ''
  const stream = new Writable({ write(chunk: Buffer, _encoding, done) { text += chunk.toString(); done() } })
  return { stream, text: () => text }
}
