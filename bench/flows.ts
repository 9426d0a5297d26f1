// npm run bench:flows -- [--runs 200] [--answers 40]
// Runs started per second: the product's, from uploaded rows through outbox and relay, against empty one-activity workflows that a client starts
// twenty at a time, as the relay does, on the same Temporal server. And the way of a person's answer: approvals do not exist yet, so it is the
// password a locked document waits for, from its acknowledgement to the start of the next attempt's run.
// One JSON line last: { flows: { runs_per_s, baseline_runs_per_s, decision: { p50_ms, p99_ms }, … } }.
import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { Client, Connection } from '@temporalio/client'
import PDFDocument from 'pdfkit'
import type { DocumentId, DocumentState } from '@intellidocs/contracts'
import { until } from '@intellidocs/testing'
import { startSpeaker } from './api/processes.ts'
import { percentile, rounded } from './figures.ts'
import { startStack, type Stack } from './stack.ts'

const AT_ONCE = 20
const NAMESPACE = 'default'
const QUEUE = 'bench-empty'
const PASSWORD = 'open sesame'
/** Rarely enough that the looking is no load. */
const PATIENCE = { withinMs: 180_000, everyMs: 200 }

const { values } = parseArgs({ options: { runs: { type: 'string', default: '200' }, answers: { type: 'string', default: '40' } } })
const [runs, answers] = [Number(values.runs), Number(values.answers)]
const say = (line: string): void => void process.stderr.write(`· ${line}\n`)

/** The work of all items, so many at a time. */
async function inLanes<T>(items: readonly T[], lanes: number, work: (item: T) => Promise<unknown>): Promise<void> {
  const waiting = [...items]
  await Promise.all(Array.from({ length: lanes }, async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item)
  }))
}

type Times = { readonly startedAt: number; readonly closedAt: number }
type Rate = { readonly started_per_s: number; readonly completed_per_s: number }

/** Start and end of closed runs, by the clock of the Temporal server. */
async function closedRuns(client: Client, type: string): Promise<Times[]> {
  const found: Times[] = []
  for await (const { startTime, closeTime } of client.workflow.list({ query: `WorkflowType='${type}' and ExecutionStatus='Completed'` })) {
    if (closeTime !== undefined) found.push({ startedAt: startTime.getTime(), closedAt: closeTime.getTime() })
  }
  return found
}

/** All runs of the type, once so many have ended. */
const allClosed = (client: Client, type: string, count: number): Promise<Times[]> => until(`${count} runs of ${type} have ended`, async () => {
  const found = await closedRuns(client, type)
  return found.length === count && found
}, PATIENCE)

/** Over the whole: from the first start to the last start, and to the last end. */
function rateOf(times: readonly Times[]): Rate {
  const first = Math.min(...times.map(({ startedAt }) => startedAt))
  const per = (last: number): number => rounded((times.length * 1000) / (last - first))
  return {
    started_per_s: per(Math.max(...times.map(({ startedAt }) => startedAt))),
    completed_per_s: per(Math.max(...times.map(({ closedAt }) => closedAt))),
  }
}

async function measureBaseline(address: string, client: Client): Promise<Rate> {
  const worker = startSpeaker(['bench/flows/baseline-worker.ts', address, NAMESPACE])
  try {
    await worker.next()
    const start = (id: string) => client.workflow.start('empty', { workflowId: `bench-empty/${id}`, taskQueue: QUEUE })
    await inLanes(Array.from({ length: AT_ONCE }, (_, n) => n), AT_ONCE, async (n) => (await start(`warm-${n}`)).result())
    const warm = await allClosed(client, 'empty', AT_ONCE)
    await inLanes(Array.from({ length: runs }, (_, n) => n), AT_ONCE, (n) => start(String(n)))
    const all = await allClosed(client, 'empty', warm.length + runs)
    return rateOf(all.toSorted((a, b) => a.startedAt - b.startedAt).slice(warm.length))
  } finally {
    await worker.stop()
  }
}

/** Uploads while the worker is held, so that the rows are all there when it goes on: uploads must not be what is measured. */
async function measureProduct(stack: Stack, client: Client): Promise<Rate> {
  const upload = (n: number) => stack.client.upload(new TextEncoder().encode(`Note ${n} on the tides of the bay. `.repeat(20)), { name: `note-${n}.txt` })
  await upload(-1)
  await allClosed(client, 'documentProcessing', 1)
  const pid = stack.product.services.find(({ name }) => name === 'worker')?.pid()
  if (pid === undefined) throw new Error('there is no worker')
  process.kill(pid, 'SIGSTOP')
  try {
    await inLanes(Array.from({ length: runs }, (_, n) => n), 4, upload)
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  say(`${runs} rows wait`)
  const all = await allClosed(client, 'documentProcessing', runs + 1)
  return rateOf(all.toSorted((a, b) => a.startedAt - b.startedAt).slice(1))
}

async function lockedPdf(n: number): Promise<Uint8Array<ArrayBuffer>> {
  const pdf = new PDFDocument({ userPassword: PASSWORD })
  pdf.text(`Locked note ${n} on the tides of the bay.`)
  pdf.end()
  return new Uint8Array(await buffer(pdf))
}

/** One after the other, on an installation that does nothing else. */
async function measureAnswers(stack: Stack, client: Client) {
  const waiting: DocumentId[] = []
  await inLanes(Array.from({ length: answers }, (_, n) => n), 4, async (n) => {
    waiting.push((await stack.client.upload(await lockedPdf(n), { name: `locked-${n}.pdf` })).document.id)
  })
  const reaches = (id: DocumentId, wanted: DocumentState): Promise<boolean> =>
    until(`a document is ${wanted}`, async () => (await stack.client.api.documents.get.query({ id })).state === wanted, PATIENCE)
  for (const id of waiting) await reaches(id, 'needs_password')
  const [fromAcknowledged, fromSent]: [number[], number[]] = [[], []]
  for (const id of waiting) {
    const sentAt = Date.now()
    const { versionId } = await stack.client.api.documents.providePassword.mutate({ id, password: PASSWORD })
    const acknowledgedAt = Date.now()
    await reaches(id, 'ready')
    const { startTime } = await client.workflow.getHandle(`document-processing/${versionId}/2`).describe()
    fromAcknowledged.push(startTime.getTime() - acknowledgedAt)
    fromSent.push(startTime.getTime() - sentAt)
  }
  return { ...percentiles(fromAcknowledged), from_sent: percentiles(fromSent), decision_is: 'providePassword', answers }
}

const percentiles = (times: readonly number[]) => ({ p50_ms: percentile(times, 0.5), p99_ms: percentile(times, 0.99) })

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
    say(`documents: ${JSON.stringify(product)}`)
    const decision = await measureAnswers(stack, client)
    await connection.close()
    process.stdout.write(`${JSON.stringify({ flows: {
      runs_per_s: product.started_per_s, baseline_runs_per_s: baseline.started_per_s,
      completed_per_s: product.completed_per_s, baseline_completed_per_s: baseline.completed_per_s, runs, decision, database: stack.database,
    } })}\n`)
  } finally {
    await stack.stop()
  }
}

await main()
process.exit()
