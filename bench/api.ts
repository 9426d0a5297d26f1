// npm run bench:api -- [--rounds 5] [--seconds 4] [--profile DIR]
// The API process on a Postgres that fsyncs, against bare Express and pg on the same tables, in turns; medians over the rounds.
// One JSON line last: { api: { list, get, create }, … }, keys in docs/benchmarks.md.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { environmentWith } from '@intellidocs/kernel'
import { asAdmin, startPostgresForRun, withDatabase } from '@intellidocs/testing'
import pg from 'pg'
import type { Aim, Hit } from './api/load.ts'
import { cpuOf, startSpeaker, type Speaker } from './api/processes.ts'
import { seedDocuments } from './api/seed.ts'

const CONNECTIONS = 20
const OWN_DOCUMENTS = 5000
const OTHERS = { orgs: 19, documents: 1000 }
const UPLOAD_BYTES = 100 * 1024
const ONE_BY_ONE = 100
const ADMIN = { email: 'admin@bench.example', password: 'correct horse battery' }

const { values } = parseArgs({ options: {
  rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '4' }, profile: { type: 'string' }, only: { type: 'string' },
} })
const say = (line: string): void => void process.stderr.write(`· ${line}\n`)
const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
const rounded = (number: number, digits = 0): number => Number(number.toFixed(digits))

type Kind = 'list' | 'get' | 'create'
type Side = { readonly pid: number; readonly aims: Record<Kind, Aim> }
/** Processor time of a request, microseconds: in the server process, in Postgres, in the load generator. */
type Taken = Hit & { readonly cpu: number; readonly pg: number; readonly load: number }
type Bench = { readonly load: Speaker; readonly backends: () => Promise<number[]> }

async function take({ load, backends }: Bench, side: Side, aim: Aim): Promise<Taken> {
  const before = await spentOf([side.pid, load.pid, ...await backends()])
  const hit = await load.ask<Hit>(aim)
  if (hit.failed > 0 || hit.requests === 0) throw new Error(`${aim.url}: ${hit.failed} requests failed, ${hit.requests} did not`)
  const ended = await backends()
  const after = await spentOf([side.pid, load.pid, ...ended])
  // A backend that was not there before has spent all it has since.
  const each = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + (after.get(pid) ?? 0) - (before.get(pid) ?? 0), 0) / hit.requests
  return { ...hit, cpu: each([side.pid]), pg: each(ended), load: each([load.pid]) }
}

const spentOf = async (pids: readonly number[]): Promise<Map<number, number>> => new Map(await Promise.all(pids.map(async (pid) => [pid, await cpuOf(pid)] as const)))

type Sides = { readonly product: Side; readonly baseline: Side }

async function compare(bench: Bench, { product, baseline }: Sides, kind: Kind) {
  const rounds: { product: Taken; baseline: Taken }[] = []
  for (let round = 0; round < Number(values.rounds); round += 1) {
    // In turns, and each first half the time: what a machine does besides hits both.
    const order = round % 2 === 0
    const first = await take(bench, order ? product : baseline, (order ? product : baseline).aims[kind])
    const second = await take(bench, order ? baseline : product, (order ? baseline : product).aims[kind])
    const both = order ? { product: first, baseline: second } : { product: second, baseline: first }
    const costs = ({ cpu, pg, load }: Taken): string => `${rounded(cpu)}, ${rounded(pg)} and ${rounded(load)} µs`
    say(`${kind} ${round + 1}: ${rounded(both.product.rps)}/s against ${rounded(both.baseline.rps)}/s; server, Postgres and load ${costs(both.product)} against ${costs(both.baseline)}`)
    rounds.push(both)
  }
  const of = (pick: (round: (typeof rounds)[number]) => number): number => median(rounds.map(pick))
  return {
    rps: rounded(of((r) => r.product.rps)), baseline_rps: rounded(of((r) => r.baseline.rps)),
    ratio: rounded(of((r) => r.product.rps / r.baseline.rps), 2),
    p99_ms: of((r) => r.product.p99), baseline_p99_ms: of((r) => r.baseline.p99),
    server_us: rounded(of((r) => r.product.cpu)), baseline_server_us: rounded(of((r) => r.baseline.cpu)),
    postgres_us: rounded(of((r) => r.product.pg)), baseline_postgres_us: rounded(of((r) => r.baseline.pg)),
  }
}

/** The whole API process on the empty database; it makes its administrator and the organization `main`. */
async function startApi(database: string, dataDir: string): Promise<Speaker & { url: string; headers: Record<string, string> }> {
  const profile = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`]
  const api = startSpeaker([...profile, 'apps/api/src/main.ts'], environmentWith({
    DATABASE_URL: database, DATABASE_ADMIN_URL: '', DATA_DIR: dataDir, INTELLIDOCS_EMBEDDED: '1', TEMPORAL_ADDRESS: '127.0.0.1:9', PORT: '0', BLOBS: '',
    SECRET_KEY: '', LOG_LEVEL: 'warn', ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password, PUBLIC_URL: '', RATE_LIMIT_CALLS: '400000000',
  }))
  const { port } = await api.next<{ port: number }>()
  const url = `http://127.0.0.1:${port}`
  const response = await fetch(`${url}/trpc/auth.signIn`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ ...ADMIN, transport: 'token' }),
  })
  const { result } = await response.json() as { result: { data: { token: string } } }
  return { ...api, url, headers: { authorization: `Bearer ${result.data.token}`, 'x-intellidocs-org': 'main' } }
}

async function seed(adminUrl: string): Promise<{ orgId: string; userId: string; documentId: string }> {
  const admin = new pg.Client({ connectionString: adminUrl })
  await admin.connect()
  try {
    const { rows: [place] } = await admin.query<{ org_id: string; user_id: string }>('select org_id, user_id from membership')
    if (place === undefined) throw new Error('the API made no organization')
    await seedDocuments(admin, { orgId: place.org_id, ownerId: place.user_id, documents: OWN_DOCUMENTS })
    for (let n = 0; n < OTHERS.orgs; n += 1) {
      await seedDocuments(admin, { orgId: crypto.randomUUID(), ownerId: crypto.randomUUID(), documents: OTHERS.documents })
    }
    const { rows: [document] } = await admin.query<{ id: string }>('select id from document where org_id = $1 order by created_at desc offset 100 limit 1', [place.org_id])
    return { orgId: place.org_id, userId: place.user_id, documentId: document?.id ?? '' }
  } finally {
    await admin.end()
  }
}

const callUrl = (url: string, path: string, input: object): string => `${url}/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`

/** What is asked must be the same on both sides: status, and every key and value but the rows' own order of keys. */
async function assertSame(product: Side, baseline: Side): Promise<void> {
  for (const kind of ['list', 'get'] as const) {
    const [ours, theirs] = await Promise.all([product, baseline].map(async ({ aims }) => {
      const response = await fetch(aims[kind].url, { headers: aims[kind].headers })
      return JSON.stringify(await response.json(), (_key, value: unknown) => (typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))) : value))
    }))
    if (ours !== theirs) throw new Error(`${kind}: the baseline does not answer as the product does:\n${ours}\n${theirs}`)
  }
}

async function main(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'intellidocs-bench-api-'))
  const undo: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })]
  try {
    const server = await startPostgresForRun('native', { durable: true })
    undo.push(() => server.close())
    if (server.source.kind !== 'native') throw new Error('bench:api needs native Postgres')
    await asAdmin(server.source.url, 'create database bench template intellidocs_template')
    const adminUrl = withDatabase(server.source.url, 'bench')
    const api = await startApi(withDatabase(server.source.url, 'bench', 'app_login'), dir)
    undo.push(() => api.stop())
    const place = await seed(adminUrl)
    const base = startSpeaker(['bench/api/baseline.ts', adminUrl, join(dir, 'baseline'), place.orgId, place.userId])
    undo.push(() => base.stop())
    const { port } = await base.next<{ port: number }>()
    const load = startSpeaker(['bench/api/load.ts'])
    undo.push(() => load.stop())
    const admin = new pg.Client({ connectionString: adminUrl })
    await admin.connect()
    undo.push(() => admin.end())
    const bench: Bench = { load, backends: async () => (await admin.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = 'bench' and pid <> pg_backend_pid()`)).rows.map(({ pid }) => pid) }

    const seconds = Number(values.seconds)
    const get = { method: 'GET', connections: CONNECTIONS, seconds } as const
    const post = { method: 'POST', connections: CONNECTIONS, seconds, bodyBytes: UPLOAD_BYTES } as const
    const upload = { 'content-type': 'application/octet-stream', 'x-file-name': 'upload.bin' }
    const product: Side = { pid: api.pid, aims: {
      list: { ...get, url: callUrl(api.url, 'documents.list', { limit: 20 }), headers: api.headers },
      get: { ...get, url: callUrl(api.url, 'documents.get', { id: place.documentId }), headers: api.headers },
      create: { ...post, url: `${api.url}/api/v1/documents`, headers: { ...api.headers, ...upload } },
    } }
    const bare = `http://127.0.0.1:${port}`
    const baseline: Side = { pid: base.pid, aims: {
      list: { ...get, url: `${bare}/list`, headers: {} }, get: { ...get, url: `${bare}/get?id=${place.documentId}`, headers: {} },
      create: { ...post, url: `${bare}/create`, headers: upload },
    } }
    await assertSame(product, baseline)
    const kinds = (['list', 'get', 'create'] as const).filter((kind) => values.only === undefined || values.only === kind)
    for (const kind of kinds) for (const side of [product, baseline]) await load.ask<Hit>({ ...side.aims[kind], seconds: 2 }) // warm
    const results: Partial<Record<Kind, object>> = {}
    for (const kind of kinds) results[kind] = await compare(bench, { product, baseline }, kind)
    if (kinds.includes('create')) {
      const alone = async (side: Side): Promise<Hit> => load.ask<Hit>({ ...side.aims.create, connections: 1, amount: ONE_BY_ONE })
      const [ours, theirs] = [await alone(product), await alone(baseline)]
      results.create = { ...results.create, p50_ms_alone: ours.p50, baseline_p50_ms_alone: theirs.p50 }
    }
    process.stdout.write(`${JSON.stringify({ api: results })}\n`)
  } finally {
    for (const step of undo.reverse()) await step()
  }
}

await main()
