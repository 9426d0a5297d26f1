import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'

/** A process that speaks JSON, one line at a time. */
export type Speaker = {
  readonly pid: number
  /** The next line it says; throws when it ends instead. */
  next<T>(): Promise<T>
  ask<T>(question: object): Promise<T>
  stop(): Promise<void>
}

const ROOT = join(import.meta.dirname, '..', '..')

export function startSpeaker(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Speaker {
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['pipe', 'pipe', 'inherit'] })
  const { pid, stdin, stdout } = child
  if (pid === undefined || stdin === null || stdout === null) throw new Error(`${args.join(' ')} could not be started`)
  const lines = createInterface({ input: stdout })
  const next = async <T>(): Promise<T> => JSON.parse(await lineOf(lines, child, args)) as T
  return {
    pid, next,
    ask: (question) => {
      const answer = next<never>()
      stdin.write(`${JSON.stringify(question)}\n`)
      return answer
    },
    async stop() {
      if (child.exitCode !== null || !child.kill('SIGTERM')) return
      await once(child, 'exit')
    },
  }
}

function lineOf(lines: Interface, child: ChildProcess, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error(`${args.join(' ')} ended`))
    child.once('exit', ended)
    lines.once('line', (line) => { child.removeListener('exit', ended); resolve(line) })
  })
}

/** Processor time of a process since its start, microseconds; Linux counts it in hundredths of a second. */
export async function cpuOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}
