import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import type { ServiceLog } from './service-log.ts'
import { StartError } from './start-error.ts'

export type ServiceSpec = {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Written to its stdin first; the pipe stays open as long as the launcher lives. */
  readonly firstLine?: string
  /** Ready when it says so on stdout in a line of JSON, or when this answers true. */
  readonly ready: 'line' | (() => Promise<boolean>)
  readonly readyWithinMs: number
}

/** What a child said in its ready line; empty when it was asked instead. */
export type Ready = Readonly<Record<string, unknown>>

export type Service = {
  readonly name: string
  pid(): number | undefined
  /** Starts it and waits until it is ready. Throws StartError after a few tries. */
  start(): Promise<Ready>
  /** SIGTERM, and SIGKILL after `graceMs`. Settles when the process is gone. */
  stop(graceMs: number): Promise<void>
}

export type ServiceEvents = { onExit(line: string): void; onRestart(line: string): void }

const FIRST_TRIES = 3
const LONGEST_PAUSE_MS = 30_000
/** A process that lived this long was healthy: the next pause starts from the shortest again. */
const HEALTHY_MS = 60_000

/** Pause before the n-th start in a row that followed a failure: half a second, doubled each time, half a minute at most. */
export const pauseBefore = (failures: number): number => Math.min(LONGEST_PAUSE_MS, 500 * 2 ** Math.max(0, failures - 1))

/** One child process that is kept running until it is stopped. */
export function createService(spec: ServiceSpec, log: ServiceLog, events: ServiceEvents): Service {
  let child: ChildProcess | undefined
  let stopping = false
  let failures = 0
  const pause = new AbortController()

  async function launch(): Promise<Ready> {
    const started = spawnChild(spec)
    child = started
    const since = Date.now()
    const gone = new Promise<string>((resolve) => {
      started.once('exit', (code, signal) => resolve(signal ?? `code ${code ?? 'unknown'}`))
      started.once('error', (error) => resolve(error.message))
    })
    const ready = await untilReady(spec, started, gone, log)
    void gone.then((how) => {
      endGroup(started)
      if (stopping) return
      failures = Date.now() - since > HEALTHY_MS ? 1 : failures + 1
      events.onExit(`${spec.name} ended (${how}); it is started again in ${pauseBefore(failures) / 1000} s`)
      void again()
    })
    return ready
  }

  async function again(): Promise<void> {
    while (!stopping) {
      await delay(pauseBefore(failures), undefined, { signal: pause.signal }).catch(ignoreAbort)
      if (stopping) return
      try {
        await launch()
        events.onRestart(`${spec.name} runs again`)
        return
      } catch (error) {
        if (!(error instanceof StartError)) throw error
        failures += 1
        if (!stopping) events.onExit(`${error.message}; it is started again in ${pauseBefore(failures) / 1000} s`)
      }
    }
  }

  return {
    name: spec.name,
    pid: () => child?.pid,
    async start() {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await launch()
        } catch (error) {
          if (attempt >= FIRST_TRIES || stopping || !(error instanceof StartError)) throw error
          await delay(pauseBefore(attempt) * 2, undefined, { signal: pause.signal }).catch(ignoreAbort)
          if (pause.signal.aborted) throw error // what is started now, nobody would stop
        }
      }
    },
    async stop(graceMs) {
      stopping = true
      pause.abort()
      if (child !== undefined) await end(child, graceMs)
      log.close()
    },
  }
}

/** A session of its own, so that Ctrl-C in a terminal reaches the launcher alone and the order of the stop is the launcher's. */
function spawnChild(spec: ServiceSpec): ChildProcess {
  const child = spawn(spec.command, spec.args, { env: { ...spec.env }, stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  child.stdin?.on('error', () => undefined) // it is already gone; its exit tells why
  if (spec.firstLine !== undefined) child.stdin?.write(`${spec.firstLine}\n`)
  return child
}

async function untilReady(spec: ServiceSpec, child: ChildProcess, gone: Promise<string>, log: ServiceLog): Promise<Ready> {
  const said = new Promise<Ready>((resolve) => {
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const ready = readyLine(line)
        // The ready line may hold a generated password: it is for the launcher and goes into no file.
        if (ready === undefined) log.line(line)
        else resolve(ready)
      })
    }
    if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', (line) => log.line(line))
  })
  const watching = new AbortController()
  try {
    const answer = spec.ready === 'line' ? said : poll(spec.ready, watching.signal)
    const late = delay(spec.readyWithinMs, 'late' as const, { signal: watching.signal })
    late.catch(ignoreAbort)
    const outcome = await Promise.race([answer.then((ready) => ({ ready })), gone.then((how) => ({ how })), late])
    if (outcome !== 'late' && 'ready' in outcome) return outcome.ready
    if (outcome === 'late') await end(child, 2_000)
    const how = outcome === 'late' ? `it was not ready within ${spec.readyWithinMs / 1000} s` : `it ended with ${outcome.how}`
    throw new StartError(`${spec.name} did not start: ${log.lastWords() ?? how}`, `its log is ${log.file}`)
  } finally {
    watching.abort()
  }
}

async function poll(ready: () => Promise<boolean>, signal: AbortSignal): Promise<Ready> {
  while (!signal.aborted && !await ready()) await delay(100)
  return {}
}

/** The fields of a line such as {"ready":true,"port":3000}; undefined when it is another line. */
function readyLine(line: string): Ready | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const said: unknown = JSON.parse(line)
    return typeof said === 'object' && said !== null && 'ready' in said && said.ready === true ? { ...said } : undefined
  } catch {
    return undefined // not the line that is waited for
  }
}

async function end(child: ChildProcess, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const force = setTimeout(() => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
    endGroup(child) // a process that has to be killed cannot end its own children
  }, graceMs)
  await gone
  clearTimeout(force)
}

/** Kills whatever is left of a child's process group; what it started would otherwise keep the ports from its successor. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error // nobody is left: as it should be
  }
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error
}
