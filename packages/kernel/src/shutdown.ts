import type { Log } from './log.ts'

export type Shutdown = {
  /** Aborted at the first sign of the end: loops stop taking work. */
  readonly signal: AbortSignal
  /** Steps run one after another in the reverse order of their adding, so what was opened last closes first. */
  add(name: string, close: () => Promise<void> | void): void
  /** Ends the process's work; calling it again waits for the same end. Answers whether every step succeeded in time. */
  stop(reason: string): Promise<boolean>
}

/**
 * Closes in order on SIGTERM and SIGINT and sets the exit code: 0 after a clean end, 1 otherwise. `exit` is called
 * when all is closed or `timeoutMs` (25 s) have passed, whichever comes first; a second signal does not hurry it.
 */
export function createShutdown({ log, timeoutMs = 25_000, exit = (code) => process.exit(code), on = process }: {
  log: Log
  timeoutMs?: number
  exit?: (code: number) => void
  on?: { on(event: 'SIGTERM' | 'SIGINT', listener: () => void): unknown }
}): Shutdown {
  const controller = new AbortController()
  const steps: { name: string; close: () => Promise<void> | void }[] = []
  let ending: Promise<boolean> | undefined
  const stop = (reason: string): Promise<boolean> => (ending ??= end(reason))

  async function end(reason: string): Promise<boolean> {
    log.info({ reason }, 'stopping')
    controller.abort()
    const clean = await within(timeoutMs, closeAll())
    if (clean) log.info('stopped')
    exit(clean ? 0 : 1)
    return clean
  }

  async function closeAll(): Promise<boolean> {
    let clean = true
    for (const { name, close } of steps.toReversed()) {
      try {
        await close()
      } catch (error) {
        // One part that does not close must not keep the others open.
        clean = false
        log.error({ err: error, part: name }, 'closing failed')
      }
    }
    return clean
  }

  function within(ms: number, work: Promise<boolean>): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const timer = setTimeout(() => {
      log.error({ timeoutMs: ms }, 'stopping took too long')
      resolve(false)
    }, ms)
    return Promise.race([work, promise]).finally(() => clearTimeout(timer))
  }

  for (const name of ['SIGTERM', 'SIGINT'] as const) on.on(name, () => void stop(name))
  return { signal: controller.signal, add: (name, close) => { steps.push({ name, close }) }, stop }
}
