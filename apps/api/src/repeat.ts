import type { Log } from '@intellidocs/kernel'

/** Runs `work` now and every `everyMs`, never twice at once; a failure is logged and tried again next time. Answers how to stop. */
export function repeat({ name, everyMs, log, work }: { name: string; everyMs: number; log: Log; work: () => Promise<unknown> }): () => void {
  let running = false
  const run = async (): Promise<void> => {
    if (running) return
    running = true
    try {
      await work()
    } catch (error) {
      log.warn({ err: error, chore: name }, 'a chore failed')
    } finally {
      running = false
    }
  }
  void run()
  const timer = setInterval(() => void run(), everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
