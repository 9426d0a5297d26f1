// npm run bench:live -- [--clients 500] [--events 400] [--rate 20] [--processes 1] [--profile DIR]
// Folders made through the public API at a steady rate, and every member's socket told of each. Latency runs from the commit, by the database's own
// record of it, to the message in the listener's process; all clocks are those of this machine. The same writes with one listener come first.
// One JSON line last: { live: { clients, events, p50_ms, p99_ms, lost, duplicated, rss_mb, … } }.
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { createCrowd, type Crowd } from './abuse/accounts.ts'
import { cpuOf, startSpeaker, type Speaker } from './api/processes.ts'
import { percentile, rounded } from './figures.ts'
import type { Judged, Question } from './live/listeners.ts'
import { startPlace, type Place } from './live/place.ts'

const ACCOUNTS = 500
const WARM_EVENTS = 40
const ARRIVE_MS = 10_000

const { values } = parseArgs({ options: {
  clients: { type: 'string', default: '500' }, events: { type: 'string', default: '400' }, rate: { type: 'string', default: '20' },
  processes: { type: 'string', default: '1' }, profile: { type: 'string' },
} })
const [clients, events, rate] = [Number(values.clients), Number(values.events), Number(values.rate)]
const say = (line: string): void => void process.stderr.write(`· ${line}\n`)

async function createFolder(place: Place, headers: Record<string, string>, name: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${place.port}/trpc/documents.folders.create`, {
    method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ name }),
  })
  if (!response.ok) throw new Error(`a folder was refused: ${response.status} ${await response.text()}`)
  await response.arrayBuffer()
}

/** Begins one write each 1/rate s, whatever the ones before are doing. Answers when all were acknowledged. */
async function write(place: Place, headers: Record<string, string>, of: { count: number; label: string }): Promise<void> {
  const began = performance.now()
  const writes: Promise<void>[] = []
  for (let n = 0; n < of.count; n += 1) {
    const wait = began + (n * 1000) / rate - performance.now()
    if (wait > 0) await delay(wait)
    writes.push(createFolder(place, headers, `${of.label} ${n}`))
  }
  await Promise.all(writes)
}

/** When each event behind `after` was committed, by the id that clients see, in the order of the feed. */
async function commits(client: pg.Client, orgId: string, after: string): Promise<Record<string, number>> {
  const { rows } = await client.query<{ id: string; ms: number }>(`
    select xid || '-' || id as id, (extract(epoch from pg_xact_commit_timestamp(xid::xid)) * 1000)::float8 as ms
    from event where org_id = $1 and id > $2 order by xid, event.id`, [orgId, after])
  return Object.fromEntries(rows.map(({ id, ms }) => [id, ms]))
}

type Round = { readonly place: Place; readonly crowd: Crowd; readonly database: pg.Client; readonly speakers: readonly Speaker[] }

async function measure({ place, crowd, database, speakers }: Round, sockets: number) {
  const [writer] = crowd.logins
  if (writer === undefined) throw new Error('nobody is there')
  const headers = { authorization: `Bearer ${writer.token}`, 'x-intellidocs-org': writer.org }
  const asked = speakers.slice(0, sockets)
  const everybody = Array.from({ length: sockets }, (_, n) => crowd.logins[n % crowd.logins.length] ?? writer)
  await Promise.all(asked.map((speaker, n) => {
    const logins = everybody.filter((_, at) => at % asked.length === n)
    return speaker.ask({ open: { port: place.port, logins } } satisfies Question)
  }))
  await write(place, headers, { count: WARM_EVENTS, label: `warm-up of ${sockets}` })
  const { rows: [mark] } = await database.query<{ id: string }>('select coalesce(max(id), 0)::text as id from event')
  const [began, cpu] = [performance.now(), await cpuOf(place.api.pid)]
  await write(place, headers, { count: events, label: `round of ${sockets}` })
  const apiShare = (await cpuOf(place.api.pid) - cpu) / 10 / (performance.now() - began)
  const committed = await commits(database, crowd.orgId, mark?.id ?? '0')
  const judged = await arrived(asked, committed)
  await Promise.all(asked.map((speaker) => speaker.ask({ leave: true } satisfies Question)))
  const latencies = judged.flatMap((one) => one.latencies)
  const part = (share: number): number => rounded(percentile(latencies, share) ?? Number.NaN)
  const sum = (pick: (one: Judged) => number): number => judged.reduce((total, one) => total + pick(one), 0)
  const result = {
    clients: sockets, events: Object.keys(committed).length,
    p50_ms: part(0.5), p99_ms: part(0.99), max_ms: part(1),
    lost: sum((one) => one.lost), duplicated: sum((one) => one.duplicated), disordered: sum((one) => one.disordered), api_cpu_percent: rounded(apiShare),
  }
  say(JSON.stringify(result))
  return result
}

/** Waits until nothing is missing any more, 10 s at most: what is missing then is lost. */
async function arrived(speakers: readonly Speaker[], committed: Record<string, number>): Promise<Judged[]> {
  for (const until = performance.now() + ARRIVE_MS; ; await delay(200)) {
    const judged = await Promise.all(speakers.map((speaker) => speaker.ask<Judged>({ judge: committed } satisfies Question)))
    if (performance.now() > until || judged.every(({ lost }) => lost === 0)) return judged
  }
}

/** The most that the process held at any time. */
const rssMb = async (pid: number): Promise<number> =>
  rounded(Number(/^VmHWM:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024)

async function main(): Promise<void> {
  const place = await startPlace(values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`])
  const speakers = Array.from({ length: Number(values.processes) }, () => startSpeaker(['bench/live/listeners.ts']))
  const database = new pg.Client({ connectionString: place.adminUrl })
  const stop = async (): Promise<void> => {
    await database.end()
    await Promise.all(speakers.map((speaker) => speaker.stop()))
    await place.stop()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop().finally(() => process.exit(130)))
  try {
    await database.connect()
    const crowd = await createCrowd(place.adminUrl, Math.min(ACCOUNTS, clients))
    const round = { place, crowd, database, speakers }
    say(`API is process ${place.api.pid}; ${events} events at ${rate} a second`)
    const one = await measure(round, 1)
    const all = await measure(round, clients)
    const rss = await rssMb(place.api.pid)
    const live = { ...all, rss_mb: rss, one: { p50_ms: one.p50_ms, p99_ms: one.p99_ms }, rate_per_s: rate, accounts: crowd.logins.length }
    process.stdout.write(`${JSON.stringify({ live })}\n`)
    if (all.lost + all.duplicated + all.disordered > 0) process.exitCode = 1
  } finally {
    await stop()
  }
}

await main()
