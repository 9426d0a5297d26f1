import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export type WorkerProcess = {
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>
}

/** The real worker as a process of its own, once it says that it is ready. For tests of other programs beside it. */
export async function startWorkerProcess(env: Readonly<Record<string, string>>): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: { PATH: process.env['PATH'] ?? '', LOG_LEVEL: 'error', OCR_LANGS: 'eng', ...env }, stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const early = exited.then(() => { throw new Error('the worker ended before it was ready') })
  early.catch(() => undefined) // it ends one day
  await Promise.race([once(createInterface(child.stdout), 'line'), early])
  return {
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}
