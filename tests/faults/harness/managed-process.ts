import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

export type Env = Readonly<Record<string, string | undefined>>

export type ProcessSpec = {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Env
  readonly cwd?: string
  /** Written to its stdin first; the pipe stays open as long as we live, and the products' programs end with it. */
  readonly firstLine?: string
  /** Ready when it says `{"ready":true…}` on stdout, or when this answers true. */
  readonly ready: 'line' | (() => Promise<boolean>)
  /** It is a leash with the real program as its child: signals go to both. */
  readonly leash?: boolean
  /** Starts until one succeeds: a database that was killed may need a moment before its successor may have its files. */
  readonly tries?: number
  /** What asks it to end in order; SIGTERM. */
  readonly endSignal?: NodeJS.Signals
}

/** A program of the product or a server, as a real process that faults are done to. Nobody restarts it but the test. */
export type ManagedProcess = {
  readonly name: string
  /** Throws unless it runs. */
  pid(): number
  running(): boolean
  /** Starts it with more variables for this one life (`FAILPOINT`); resolves when it is ready. Throws with its last words. */
  start(env?: Env): Promise<void>
  /** Starts it and does not wait: it may well be ended by a failpoint before it is ready. */
  launch(env?: Env): void
  /** Settles when the present life is over, however it ended: `SIGKILL`, `code 1`. Throws when it goes on for longer, 30 s. */
  gone(withinMs?: number): Promise<string>
  /** Sends the signal and waits for the end. A process that is gone already is left alone. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** SIGSTOP: it neither works nor answers, and its connections stay open. */
  pause(): void
  resume(): void
  /** In order, and by force after `graceMs`. Settles when it is gone. */
  stop(graceMs?: number): Promise<void>
  /** The last lines of all its lives. */
  log(): string
  /** How many lines it has ever said. */
  lines(): number
}

/** Answers what the process says from now on. */
export function newLines(process: ManagedProcess): () => string {
  const before = process.lines()
  return () => {
    const count = process.lines() - before
    return count === 0 ? '' : process.log().split('\n').slice(-count).join('\n')
  }
}

const KEPT_LINES = 200
/** Generous: a machine that does other things too is no fault of the product. */
const READY_MS = 180_000
const AGAIN_MS = 250

export function createManagedProcess(spec: ProcessSpec): ManagedProcess {
  const lines = createLines()
  const life = createLife(spec, lines.note)

  async function untilReady(said: Promise<void>): Promise<void> {
    const watching = new AbortController()
    const answer = spec.ready === 'line' ? said : poll(spec.ready, watching.signal)
    const late = delay(READY_MS, 'it was not ready in time', { signal: watching.signal }).catch(() => '') // aborted below, when nobody waits for it
    const failure = await Promise.race([answer.then(() => null), life.ended().then((how) => `it ended with ${how}`), late])
    watching.abort()
    if (failure !== null) throw new Error(`${spec.name} did not start: ${failure}\n${lines.last(20)}`)
  }

  async function kill(by: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (life.running()) life.signal(by)
    await life.ended()
  }

  return {
    name: spec.name, pid: life.pid, running: life.running, kill,
    async start(env = {}) {
      if (life.running()) throw new Error(`${spec.name} runs already`)
      for (let left = spec.tries ?? 1; ; left -= 1) {
        try {
          return await untilReady(life.begin(env))
        } catch (error) {
          await kill()
          if (left <= 1) throw error
          await delay(AGAIN_MS)
        }
      }
    },
    launch(env = {}) {
      void life.begin(env) // settles with the ready line, if that ever comes
    },
    async gone(withinMs = 30_000) {
      const late = AbortSignal.timeout(withinMs)
      const { promise, reject } = Promise.withResolvers<never>()
      late.addEventListener('abort', () => { reject(new Error(`${spec.name} did not end within ${withinMs / 1000} s`)) }, { once: true })
      return Promise.race([life.ended(), promise])
    },
    pause: () => { life.signal('SIGSTOP') },
    resume: () => { life.signal('SIGCONT') },
    async stop(graceMs = 10_000) {
      if (life.running()) {
        life.signal('SIGCONT')
        life.signal(spec.endSignal ?? 'SIGTERM')
        const force = setTimeout(() => { if (life.running()) life.signal('SIGKILL') }, graceMs)
        await life.ended()
        clearTimeout(force)
      }
      life.endGroup()
    },
    log: () => lines.last(KEPT_LINES),
    lines: lines.count,
  }
}

/** What it said, the newest lines of it. */
function createLines() {
  const kept: string[] = []
  let count = 0
  return {
    note: (line: string): void => {
      count += 1
      kept.push(line)
      kept.splice(0, kept.length - KEPT_LINES)
    },
    last: (lines: number): string => kept.slice(-lines).join('\n'),
    count: (): number => count,
  }
}

/** The present child and its end. */
function createLife(spec: ProcessSpec, note: (line: string) => void) {
  let child: ChildProcess | undefined
  let ended: Promise<string> = Promise.resolve('never started')
  const running = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null
  const pid = (): number => {
    if (!running() || child?.pid === undefined) throw new Error(`${spec.name} does not run`)
    return child.pid
  }
  return {
    running, pid,
    ended: () => ended,
    signal: (name: NodeJS.Signals): void => void process.kill(spec.leash === true ? -pid() : pid(), name),
    /** Answers when it says that it is ready. */
    begin(env: Env): Promise<void> {
      if (running()) throw new Error(`${spec.name} runs already`)
      // A session of its own: Ctrl-C reaches the test alone, and what a killed program leaves behind can be found.
      const started = spawn(spec.command, [...spec.args], {
        env: { ...spec.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'], detached: true, ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
      })
      child = started
      ended = new Promise((resolve) => {
        started.once('exit', (code, by) => { resolve(by ?? `code ${code ?? 'unknown'}`) })
        started.once('error', (error) => { resolve(error.message) })
      })
      started.stdin?.on('error', () => undefined) // it is already gone; its exit tells why
      if (spec.firstLine !== undefined) started.stdin?.write(`${spec.firstLine}\n`)
      return readLines(started, note)
    },
    endGroup: () => { endGroup(child) },
  }
}

/** Settles when the child says that it is ready. */
function readLines({ stdout, stderr }: ChildProcess, note: (line: string) => void): Promise<void> {
  return new Promise((resolve) => {
    if (stdout !== null) createInterface({ input: stdout }).on('line', (line) => { if (line.startsWith('{"ready":true')) resolve(); else note(line) })
    if (stderr !== null) createInterface({ input: stderr }).on('line', note)
  })
}

async function poll(ready: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !await ready()) await delay(50)
}

/** What a killed program could not end itself. Whether it leaves anything is a fault's question; here nothing may stay. */
function endGroup(child: ChildProcess | undefined): void {
  if (child?.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error // nobody is left: as it should be
  }
}
