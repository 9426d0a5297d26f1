import { spawn } from 'node:child_process'
import type { Limits } from '../types.ts'
import { createLineReader } from './line-reader.ts'
import { nodeCommand, type OtherProgram } from './node-command.ts'
import type { ChildRequest } from './records.ts'
import { behindWalls, sandboxWalls } from './walls.ts'

export type StartInput = {
  request: ChildRequest
  scratch: string
  limits: Limits
  other?: OtherProgram
  onLine: (line: string) => void
  onTooMuch: () => void
  onError: (error: Error) => void
}
export type ExitFacts = { exitCode: number | null; exitSignal: NodeJS.Signals | null; stderr: string }
export type StartedChild = { pid: number | null; /** Ends the child and all it started. */ kill(): void; ended: Promise<ExitFacts> }

const maxStderr = 16_384
/** How long pipes may stay open after the child's end: what it started elsewhere may hold them. */
const pipeGraceMs = 1_000

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // Nobody left is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Starts a child behind the walls of this machine, in a process group of its own, and gives its records on line by line. */
export async function startChild(input: StartInput): Promise<StartedChild> {
  const { command, env } = nodeCommand(input)
  const [file, ...args] = behindWalls(await sandboxWalls(), command, input.limits, { addressSpace: false })
  const child = spawn(file, args, { cwd: input.scratch, detached: true, stdio: ['pipe', 'ignore', 'pipe', 'pipe'], env })
  const pid = child.pid ?? null
  const kill = () => {
    if (pid !== null) killGroup(pid)
  }
  const records = child.stdio[3]
  records?.on('data', createLineReader(input.limits.outputBytes, input.onLine, input.onTooMuch))
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < maxStderr) stderr += text.slice(0, maxStderr)
  })
  child.on('error', input.onError)
  const { promise: ended, resolve } = Promise.withResolvers<ExitFacts>()
  child.on('exit', () => {
    kill()
    setTimeout(() => {
      records?.destroy()
      child.stderr?.destroy()
    }, pipeGraceMs).unref()
  })
  child.on('close', (exitCode, exitSignal) => resolve({ exitCode, exitSignal, stderr }))
  // The child may be gone before it read its request; its ending tells why. The pipe stays open: its end tells the child that we are gone.
  child.stdin?.on('error', () => {})
  child.stdin?.write(`${JSON.stringify(input.request)}\n`)
  return { pid, kill, ended }
}
