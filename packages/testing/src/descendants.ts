import { readdirSync, readFileSync } from 'node:fs'

/** `started` in the kernel's ticks: with it a number that was given away again is not taken for the same process. */
export type Descendant = { readonly pid: number; readonly started: string; readonly program: string }
type Facts = Descendant & { readonly parent: number; readonly alive: boolean }

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

/**
 * All that runs below a process, at any depth and in whatever session: parsers and OCR are children with sessions of their own. Linux only.
 * @throws the file system's error where there is no /proc
 */
export function descendantsOf(pid: number): Descendant[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => factsOf(Number(name)) ?? [])
  const byParent = Map.groupBy(all, ({ parent }) => parent)
  const below = (parent: number): Facts[] => (byParent.get(parent) ?? []).flatMap((child) => [child, ...below(child.pid)])
  return below(pid).filter(({ alive }) => alive)
}

/** Whether the same process still runs. */
export function isRunning({ pid, started }: Descendant): boolean {
  const now = factsOf(pid)
  return now !== null && now.alive && now.started === started
}
