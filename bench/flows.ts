// npm run bench:flows -- [--runs 200]
// Approvals: runs started per second, from rows through outbox and relay until they are on Temporal, against empty one-activity workflows that a client starts
// twenty at a time, as the relay does; and a person's decision, from its request through the public API until it is acknowledged with its result, against the
// bare answer of an Update by an empty workflow that waits for it. Both baselines on the same Temporal server in the same run.
// One JSON line last: { flows: { runs_per_s, baseline_runs_per_s, decision: { p50_ms, p99_ms }, baseline_decision: { p50_ms, p99_ms }, … } }.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { Client, Connection } from '@temporalio/client'
import type { DocumentId, FlowId, FlowTask } from '@intellidocs/contracts'
import { until } from '@intellidocs/testing'
import { startSpeaker } from './api/processes.ts'
import { percentile, rounded } from './figures.ts'
import { inLanes, rateOf, startsOf } from './flows/starts.ts'
import { startStack, type Stack } from './stack.ts'

const AT_ONCE = 20
const NAMESPACE = 'default'
const QUEUE = 'bench-empty'
/** A flow has one open run on a document, so there are flows and documents enough for all. */
const DOCUMENTS = 20
const PATIENCE = { withinMs: 300_000, everyMs: 200 }

const { values } = parseArgs({ options: { runs: { type: 'string', default: '200' } } })
const runs = Number(values.runs)
const say = (line: string): void => void process.stderr.write(`· ${line}\n`)
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

type Times = { readonly p50_ms: number | null; readonly p99_ms: number | null }
type Measured = { readonly runs_per_s: number; readonly decision: Times }

const percentiles = (times: readonly number[]): Times => {
  const of = (part: number): number | null => {
    const found = percentile(times, part)
    return found === null ? null : rounded(found)
  }
  return { p50_ms: of(0.5), p99_ms: of(0.99) }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now()
  await work()
  return performance.now() - since
}

async function measureBaseline(address: string, client: Client): Promise<Measured> {
  const worker = startSpeaker(['bench/flows/baseline-worker.ts', address, NAMESPACE])
  try {
    await worker.next()
    const start = (type: 'empty' | 'asking', n: number | string) => client.workflow.start(type, { workflowId: `bench-${type}/${n}`, taskQueue: QUEUE })
    await inLanes(numbers(AT_ONCE), AT_ONCE, async (n) => (await start('empty', `warm-${n}`)).result())
    await inLanes(numbers(runs), AT_ONCE, async (n) => { await start('empty', n) })
    const starts = await startsOf(client, 'empty', AT_ONCE + runs)
    await inLanes(numbers(runs), AT_ONCE, (n) => client.workflow.getHandle(`bench-empty/${n}`).result())
    await inLanes(numbers(runs + AT_ONCE), AT_ONCE, async (n) => { await start('asking', n) })
    const answer = (n: number) => client.workflow.getHandle(`bench-asking/${n}`).executeUpdate<string, []>('answer', { updateId: randomUUID() })
    for (const n of numbers(AT_ONCE)) await answer(n)
    const times: number[] = []
    for (const n of numbers(runs)) times.push(await timed(() => answer(AT_ONCE + n)))
    return { runs_per_s: rateOf(starts.slice(AT_ONCE)), decision: percentiles(times) }
  } finally {
    await worker.stop()
  }
}

/** Documents that are read, and as many flows as it takes for all the runs, and the warm ones, to be open at once. */
async function prepare({ client: { api, upload } }: Stack): Promise<{ flowId: FlowId; documentId: DocumentId }[]> {
  const { user } = await api.auth.me.query()
  const documents: DocumentId[] = []
  await inLanes(numbers(DOCUMENTS), 4, async (n) => {
    documents.push((await upload(new TextEncoder().encode(`Note ${n} on the tides of the bay. `.repeat(20)), { name: `note-${n}.txt` })).document.id)
  })
  for (const id of documents) await until('a document is read', async () => (await api.documents.get.query({ id })).state === 'ready', PATIENCE)
  const places: { flowId: FlowId; documentId: DocumentId }[] = []
  for (let n = 0; places.length < runs + DOCUMENTS; n += 1) {
    const spec = { name: `Flow ${n}`, fourEyes: false, stages: [{ key: 'one', name: 'One', ask: [{ user: user.id }], decide: { rule: 'all' as const } }] }
    const { id } = await api.workflows.definitions.create.mutate({ spec })
    const { id: flowId } = await api.workflows.definitions.publish.mutate({ id })
    places.push(...documents.map((documentId) => ({ flowId, documentId })))
  }
  return places.slice(0, runs + DOCUMENTS)
}

/** The first ones are warm ones. Runs are asked for while the worker is held, so that the rows are all there when it goes on: the asking must not be what is measured. */
async function measureProduct(stack: Stack, client: Client): Promise<Measured> {
  const { api } = stack.client
  const places = await prepare(stack)
  const start = (place: (typeof places)[number]) => api.workflows.runs.start.mutate(place)
  await inLanes(places.slice(0, DOCUMENTS), 4, start)
  await startsOf(client, 'approval', DOCUMENTS)
  const pid = stack.product.services.find(({ name }) => name === 'worker')?.pid()
  if (pid === undefined) throw new Error('there is no worker')
  process.kill(pid, 'SIGSTOP')
  try {
    await inLanes(places.slice(DOCUMENTS), 4, start)
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  say(`${runs} rows wait`)
  const starts = await startsOf(client, 'approval', places.length)
  return { runs_per_s: rateOf(starts.slice(DOCUMENTS)), decision: await measureDecisions(stack, places.length) }
}

/** One after the other, on an installation that does nothing else but what follows of them: ends, certificates, notices. */
async function measureDecisions({ client: { api } }: Stack, count: number): Promise<Times> {
  const tasks = await until(`${count} people are asked`, async () => {
    const found: FlowTask[] = []
    for (let cursor: string | undefined; ;) {
      const page = await api.workflows.tasks.list.query({ limit: 100, ...(cursor === undefined ? {} : { cursor }) })
      found.push(...page.items)
      if (page.nextCursor === null) return found.length === count && found
      cursor = page.nextCursor
    }
  }, PATIENCE)
  const times: number[] = []
  for (const { id, contentSha256 } of tasks) {
    const idempotencyKey = randomUUID()
    const decide = () => api.workflows.tasks.decide.mutate({ id, verdict: 'approve', contentSha256, idempotencyKey })
    times.push(await timed(() => until('a decision is acknowledged', async () => (await decide()).status === 'decided', PATIENCE)))
  }
  return percentiles(times.slice(DOCUMENTS))
}

async function main(): Promise<void> {
  const stack = await startStack({ embedded: false, say })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) void once(process, signal).then(() => stack.stop()).finally(() => process.exit(130))
  try {
    const { temporalAddress: address } = stack.product
    const connection = await Connection.connect({ address })
    const client = new Client({ connection, namespace: NAMESPACE })
    const baseline = await measureBaseline(address, client)
    say(`empty: ${JSON.stringify(baseline)}`)
    const product = await measureProduct(stack, client)
    await connection.close()
    process.stdout.write(`${JSON.stringify({ flows: {
      runs_per_s: product.runs_per_s, baseline_runs_per_s: baseline.runs_per_s, decision: product.decision, baseline_decision: baseline.decision, runs, database: stack.database,
    } })}\n`)
  } finally {
    await stack.stop()
  }
}

await main()
process.exit()
