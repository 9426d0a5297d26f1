import { existsSync } from 'node:fs'
import { descendantsOf, isRunning, until, type Descendant } from '@intellidocs/testing'
import type { ManagedProcess } from './harness/managed-process.ts'
import { NotRunHere } from './harness/small-disk.ts'

/** @throws NotRunHere where the system does not tell of its processes */
export function childrenOf(worker: ManagedProcess): Descendant[] {
  if (!existsSync('/proc/self/stat')) throw new NotRunHere('there is no /proc to find child processes in')
  return descendantsOf(worker.pid())
}

/** They see the end of their pipe, or are told by the kernel, and end. @throws Error that names who stays */
export async function allGone(children: readonly Descendant[]): Promise<void> {
  const left = (): Descendant[] => children.filter(isRunning)
  await until('what the dead worker had started is gone', () => left().length === 0, {
    withinMs: 15_000, seen: () => left().map(({ pid, program }) => `${program} (${pid})`).join(', '),
  })
}

/** kill -9, and all that it had started must be gone. Stopped first, so that it starts nothing between the look and the end. */
export async function killWithChildren(worker: ManagedProcess): Promise<number> {
  worker.pause()
  const children = childrenOf(worker)
  await worker.kill()
  await allGone(children)
  return children.length
}

/** Remembers all that runs below a process for as long as it lives: for one that ends at a moment that nobody else knows. */
export function watchChildren(worker: ManagedProcess): { stop(): Descendant[] } {
  const seen = new Map<string, Descendant>()
  const look = (): void => {
    if (worker.running()) for (const child of childrenOf(worker)) seen.set(`${child.pid} ${child.started}`, child)
  }
  const timer = setInterval(look, 100)
  return {
    stop() {
      clearInterval(timer)
      return [...seen.values()]
    },
  }
}
