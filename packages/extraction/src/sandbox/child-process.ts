import { spawn } from 'node:child_process'
import type { Limits } from '../types.ts'
import { createLineReader } from './line-reader.ts'
import { nodeCommand, type ChildKind, type OtherProgram } from './node-command.ts'
import type { ChildRequest } from './records.ts'
import { behindWalls, sandboxWalls } from './walls.ts'

export type StartInput = {
  kind: ChildKind
  /** The folder the child starts in, its home and the only place it may write to. */
  folder: string
  /** Files and folders it may read besides its own code. */
  readable: readonly string[]
  limits: Limits
  other?: OtherProgram
}
/** Who hears what a child says, until somebody else does. */
export type Listener = { maxBytes: number; onLine: (line: string) => void; onTooMuch: () => void }
export type ExitFacts = { exitCode: number | null; exitSignal: NodeJS.Signals | null; stderr: string; startError: Error | null }
export type StartedChild = {
  readonly pid: number | null
  send(request: ChildRequest): void
  hear(listener: Listener): void
  /** Whether it wrote to stderr; nothing of ours does. */
  complained(): boolean
  /** Ends the child and all it started. */
  kill(): void
  readonly ended: Promise<ExitFacts>
}

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

/** Starts a child behind the walls of this machine, in a process group of its own; `listener` hears its records line by line. */
export async function startChild(input: StartInput, listener: Listener): Promise<StartedChild> {
  const { command, env } = nodeCommand(input)
  const [file, ...args] = behindWalls(await sandboxWalls(), command, input.limits, { addressSpace: false })
  const child = spawn(file, args, { cwd: input.folder, detached: true, stdio: ['pipe', 'ignore', 'pipe', 'pipe'], env })
  const pid = child.pid ?? null
  const kill = () => {
    if (pid !== null) killGroup(pid)
  }
  let current = listener
  const lines = createLineReader(listener.maxBytes, (line) => current.onLine(line), () => current.onTooMuch())
  const records = child.stdio[3]
  records?.on('data', (chunk: Buffer) => lines.push(chunk))
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < maxStderr) stderr += text.slice(0, maxStderr)
  })
  let startError: Error | null = null
  child.on('error', (error) => { startError = error })
  const { promise: ended, resolve } = Promise.withResolvers<ExitFacts>()
  child.on('exit', () => {
    kill()
    setTimeout(() => {
      records?.destroy()
      child.stderr?.destroy()
    }, pipeGraceMs).unref()
  })
  child.on('close', (exitCode, exitSignal) => resolve({ exitCode, exitSignal, stderr, startError }))
  // The child may be gone before it read its request; its ending tells why. The pipe stays open: its end tells the child that we are gone.
  child.stdin?.on('error', () => {})
  return {
    pid, kill, ended,
    send: (request) => { child.stdin?.write(`${JSON.stringify(request)}\n`) },
    hear: (next) => {
      current = next
      lines.restart(next.maxBytes)
    },
    complained: () => stderr !== '',
  }
}
