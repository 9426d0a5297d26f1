import { readFileSync, readdirSync } from 'node:fs'

export type Usage = { rssBytes: number; processes: number; cpuSeconds: number }

const pageSize = 4_096
const ticksPerSecond = 100

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter((word) => word !== '').map(Number))
}

/** Resident memory and number of processes of `pid` and everything below it, and the computing time of `pid` itself. null when it is gone. */
export function usageOf(pid: number): Usage | null {
  let usage: Usage | null = null
  const waiting = [pid]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    try {
      const resident = Number(readFileSync(`/proc/${next}/statm`, 'utf8').split(' ')[1] ?? 0) * pageSize
      usage ??= { rssBytes: 0, processes: 0, cpuSeconds: cpuSecondsOf(pid) }
      usage.rssBytes += resident
      usage.processes += 1
      waiting.push(...childrenOf(next))
    } catch {
      // A process may end between the listing and the reading; the others still count.
    }
  }
  return usage
}

function cpuSecondsOf(pid: number): number {
  // The name in parentheses may hold spaces, so count the fields after the last one: user and system ticks are the 12th and 13th.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / ticksPerSecond
}

/** Calls `onUsage` every `everyMs` until stopped. Where there is no /proc it never calls. */
export function watch(pid: number | null, everyMs: number, onUsage: (usage: Usage) => void): () => void {
  if (pid === null) return () => {}
  const timer = setInterval(() => {
    const usage = usageOf(pid)
    if (usage !== null) onUsage(usage)
  }, everyMs)
  return () => clearInterval(timer)
}
