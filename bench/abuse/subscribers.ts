import { createCrowd } from './accounts.ts'
import { percentile, rounded } from '../figures.ts'
import { causeEvent, headersOf, until } from './client.ts'
import { startReaders } from './readers.ts'
import { watchRss, type Target } from './target.ts'

const ACCOUNTS = 500
const PROCESSES = 4
const EVENTS = 10
const SETTLE_MS = 60_000

const openSockets = (target: Target): Promise<number> =>
  target.inspector.evaluate("process._getActiveHandles().filter((handle) => handle.constructor.name === 'Socket' && handle.server).length")

/** How many subscribers the process holds, what they cost, whether one event reaches all, and what stays when they have left. */
export async function measureSubscribers(target: Target, { sockets, say }: { sockets: number; say: (line: string) => void }) {
  const crowd = await createCrowd(target.adminUrl, ACCOUNTS)
  const [first] = crowd.logins
  if (first === undefined) throw new Error('nobody is there')
  const headers = headersOf(first)
  // The first subscribers and the first event compile and cache what stays.
  await visit(target, { logins: crowd.logins.slice(0, 100), headers })
  await ordinary(target, headers)
  const before = await target.inspector.settledMemory()
  const rssBefore = target.rssMb()
  say(`before: ${rounded(before.heapUsed / 2 ** 20)} MB heap, ${rounded(rssBefore)} MB resident`)

  const rss = watchRss(target)
  const readers = startReaders(PROCESSES)
  try {
    const began = performance.now()
    await readers.open(target.port, Array.from({ length: sockets }, (_, n) => crowd.logins[n % crowd.logins.length] ?? first))
    const openS = (performance.now() - began) / 1000
    say(`${sockets} subscribers after ${rounded(openS)} s, ${rounded(target.rssMb())} MB resident`)
    const cpu = await cpuShare(target, 10_000)
    const latencies: number[] = []
    let reached = sockets
    for (let n = 0; n < EVENTS; n += 1) {
      const { folderId, at } = await causeEvent(target, headers)
      await until('an event reaches everybody', SETTLE_MS, async () => (await readers.heard(folderId)).length >= sockets)
      const times = await readers.heard(folderId)
      reached = Math.min(reached, times.length)
      latencies.push(...times.map((time) => Number(time - at) / 1e6))
    }
    const peak = rss.stop()
    const held = await target.inspector.settledMemory()
    say(`one event reaches ${reached}; at most ${rounded(peak)} MB resident, ${rounded(held.heapUsed / 2 ** 20)} MB heap`)
    await readers.leave()
    await until('everybody has left', SETTLE_MS, async () => (await openSockets(target)) < 50)
    await ordinary(target, headers)
    const after = await target.inspector.settledMemory()
    return {
      sockets, rss_mb: rounded(peak), rss_before_mb: rounded(rssBefore), kb_per_socket: rounded((held.heapUsed + held.external - before.heapUsed - before.external) / 1024 / sockets, 2),
      events_reach: reached, event_all_p50_ms: rounded(percentile(latencies, 0.5) ?? 0), event_all_p99_ms: rounded(percentile(latencies, 0.99) ?? 0),
      idle_cpu_percent: rounded(cpu), open_s: rounded(openS), heap_before_mb: rounded(before.heapUsed / 2 ** 20), heap_after_mb: rounded(after.heapUsed / 2 ** 20),
      heap_growth_percent: rounded((after.heapUsed / before.heapUsed - 1) * 100),
    }
  } finally {
    await readers.leave()
  }
}

async function visit(target: Target, { logins, headers }: { logins: Parameters<ReturnType<typeof startReaders>['open']>[1]; headers: Record<string, string> }): Promise<void> {
  const readers = startReaders(1)
  try {
    await readers.open(target.port, logins)
    const { folderId } = await causeEvent(target, headers)
    await until('the first event arrives', SETTLE_MS, async () => (await readers.heard(folderId)).length === logins.length)
  } finally {
    await readers.leave()
  }
  await until('the first subscribers have left', SETTLE_MS, async () => (await openSockets(target)) < 50)
}

/** The day goes on: the database client keeps what was asked last, whatever it was. */
async function ordinary(target: Target, headers: Record<string, string>): Promise<void> {
  for (let n = 0; n < 200; n += 1) await (await fetch(`${target.url}/trpc/auth.me`, { headers })).text()
}

/** Share of one core that the process uses while nothing is asked of it, percent. */
async function cpuShare(target: Target, ms: number): Promise<number> {
  const used = (): Promise<number> => target.inspector.evaluate('((use) => use.user + use.system)(process.cpuUsage())')
  const before = await used()
  await new Promise((resolve) => { setTimeout(resolve, ms) })
  return (await used() - before) / ms / 10
}
