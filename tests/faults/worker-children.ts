import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { until } from '@intellidocs/testing'
import type { ManagedProcess } from './harness/managed-process.ts'
import { NotRunHere } from './harness/small-disk.ts'

/** `started` in the kernel's ticks: with it a number that was given away again is not taken for the same process. */
export type Child = { readonly pid: number; readonly started: string; readonly program: string }
type Facts = Child & { readonly parent: number; readonly alive: boolean }

function factsOf(pid: number): Facts | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [open, close] = [stat.indexOf('('), stat.lastIndexOf(')')]
    const fields = stat.slice(close + 2).split(' ')
    // A zombie runs nothing any more; whoever adopted it has not waited for it yet.
    return { pid, program: stat.slice(open + 1, close), parent: Number(fields[1]), started: fields[19] ?? '', alive: fields[0] !== 'Z' }
  } catch {
    return null // it ended between being listed and being looked at
  }
}

/** All that runs below a process, at any depth and in whatever session: parsers and OCR are children with sessions of their own. */
export function descendantsOf(pid: number): Child[] {
  if (!existsSync('/proc/self/stat')) throw new NotRunHere('there is no /proc to find child processes in')
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => factsOf(Number(name)) ?? [])
  const byParent = Map.groupBy(all, ({ parent }) => parent)
  const below = (parent: number): Facts[] => (byParent.get(parent) ?? []).flatMap((child) => [child, ...below(child.pid)])
  return below(pid).filter(({ alive }) => alive)
}

const stillThere = ({ pid, started }: Child): boolean => {
  const now = factsOf(pid)
  return now !== null && now.alive && now.started === started
}

/** They see the end of their pipe, or are told by the kernel, and end. @throws Error that names who stays */
export async function allGone(children: readonly Child[]): Promise<void> {
  const left = (): Child[] => children.filter(stillThere)
  await until('what the dead worker had started is gone', () => left().length === 0, {
    withinMs: 15_000, seen: () => left().map(({ pid, program }) => `${program} (${pid})`).join(', '),
  })
}

/** kill -9, and all that it had started must be gone. Stopped first, so that it starts nothing between the look and the end. */
export async function killWithChildren(worker: ManagedProcess): Promise<number> {
  worker.pause()
  const children = descendantsOf(worker.pid())
  await worker.kill()
  await allGone(children)
  return children.length
}

/** Remembers all that runs below a process for as long as it lives: for one that ends at a moment that nobody else knows. */
export function watchChildren(worker: ManagedProcess): { stop(): Child[] } {
  const seen = new Map<string, Child>()
  const look = (): void => {
    if (worker.running()) for (const child of descendantsOf(worker.pid())) seen.set(`${child.pid} ${child.started}`, child)
  }
  const timer = setInterval(look, 100)
  return {
    stop() {
      clearInterval(timer)
      return [...seen.values()]
    },
  }
}
