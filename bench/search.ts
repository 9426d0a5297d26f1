// npm run bench:search -- --corpus DIR [--embedded] [--runs DIR]
// A retrieval collection through the public API: documents sent as files, read by the worker, then every query in every mode.
// The last line of stdout is JSON. Latencies are those a client sees, for 100 hits with their passages and marks.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { IntelliDocsClient } from '@intellidocs/client'
import type { DocumentId, SearchMode } from '@intellidocs/contracts'
import { rounded } from './figures.ts'
import { runBaselines } from './search/baseline.ts'
import { fileNameOf, idOf, readCorpus, type Corpus } from './search/corpus.ts'
import { measure, type Measures, type Timed } from './search/metrics.ts'
import { startStack } from './stack.ts'

const UPLOADS_AT_ONCE = 8
const HITS = 100
const READ_WITHIN_MS = 30 * 60_000

const say = (line: string): void => void process.stderr.write(`· ${line}\n`)

/** Sends every document that has text and waits until each was read. */
async function ingest(client: IntelliDocsClient, corpus: Corpus): Promise<{ sent: number; failed: string[]; perSecond: number }> {
  const since = performance.now()
  const waiting = corpus.documents.filter((d) => `${d.title}${d.text}`.trim() !== '')
  const uploaded: { id: string; documentId: DocumentId }[] = []
  await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, async () => {
    for (let d = waiting.shift(); d !== undefined; d = waiting.shift()) {
      const bytes = new TextEncoder().encode(d.title === '' ? d.text : `${d.title}\n\n${d.text}`)
      const { document } = await client.upload(bytes, { name: fileNameOf(d.id), onDuplicate: 'create', idempotencyKey: `bench-${d.id}` })
      uploaded.push({ id: d.id, documentId: document.id })
      if (uploaded.length % 200 === 0) say(`${uploaded.length} of ${corpus.documents.length} sent`)
    }
  }))
  const failed: string[] = []
  for (const [i, { id, documentId }] of uploaded.entries()) {
    const state = await settled(client, documentId)
    if (state !== 'ready') failed.push(id)
    if ((i + 1) % 200 === 0) say(`${i + 1} of ${uploaded.length} read`)
  }
  return { sent: uploaded.length, failed, perSecond: rounded(uploaded.length / ((performance.now() - since) / 1000), 1) }
}

async function settled(client: IntelliDocsClient, id: DocumentId): Promise<string> {
  for (const until = Date.now() + READ_WITHIN_MS; Date.now() < until;) {
    const { state } = await client.api.documents.get.query({ id })
    if (state !== 'queued' && state !== 'processing') return state
    await delay(100)
  }
  return 'late'
}

async function runMode(client: IntelliDocsClient, corpus: Corpus, mode: SearchMode): Promise<Timed & { degraded: number }> {
  const run = new Map<string, string[]>()
  const milliseconds: number[] = []
  let degraded = 0
  for (const { id, text } of corpus.queries) {
    const since = performance.now()
    const answer = await client.api.search.query.query({ query: text, mode, limit: HITS })
    milliseconds.push(performance.now() - since)
    if (answer.degraded) degraded += 1
    run.set(id, answer.hits.map((hit) => idOf(hit.name)))
  }
  return { run, milliseconds, degraded }
}

function writeRun(folder: string, name: string, { run }: Timed): void {
  mkdirSync(folder, { recursive: true })
  const lines = [...run].flatMap(([query, ids]) => ids.map((id, rank) => `${query}\t${id}\t${ids.length - rank}`))
  writeFileSync(join(folder, `${name}.tsv`), `${lines.join('\n')}\n`)
}

/** Of nDCG@10; at least -0.01 is promised. */
const besideBetterLeg = ({ keyword, meaning, hybrid }: Record<string, Measures>): number =>
  rounded((hybrid?.ndcg10 ?? 0) - Math.max(keyword?.ndcg10 ?? 0, meaning?.ndcg10 ?? 0), 4)

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { corpus: { type: 'string' }, embedded: { type: 'boolean', default: false }, runs: { type: 'string' } } })
  if (values.corpus === undefined) throw new Error('usage: npm run bench:search -- --corpus DIR [--embedded] [--runs DIR]')
  const corpus = readCorpus(resolve(values.corpus))
  const stack = await startStack({ embedded: values.embedded, say })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stack.stop().finally(() => process.exit(130)))
  try {
    const { sent, failed, perSecond } = await ingest(stack.client, corpus)
    say(`${sent} documents read at ${perSecond} a second`)
    const modes = { keyword: await runMode(stack.client, corpus, 'keyword'), meaning: await runMode(stack.client, corpus, 'meaning'), hybrid: await runMode(stack.client, corpus, 'hybrid') }
    const { and, or, config } = await runBaselines(stack.adminUrl, corpus)
    const runs = { ...modes, baseline_and: and, baseline_or: or }
    if (values.runs !== undefined) for (const [name, run] of Object.entries(runs)) writeRun(values.runs, name, run)
    const measures = Object.fromEntries(Object.entries(runs).map(([name, run]) => [name, measure(corpus, run)]))
    process.stdout.write(`${JSON.stringify({
      corpus: corpus.name, docs: sent, queries: corpus.queries.length, ...measures, hybrid_beside_better_leg: besideBetterLeg(measures), ingest_docs_per_s: perSecond,
      not_ready: failed.length, degraded: Object.values(modes).reduce((sum, mode) => sum + mode.degraded, 0), database: stack.database, text_search: config,
    })}\n`)
    if (failed.length > 0) say(`not read: ${failed.slice(0, 20).join(', ')}`)
    process.exitCode = failed.length > 0 ? 1 : 0
  } finally {
    await stack.stop()
  }
}

main().then(() => process.exit(), (error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack ?? error.message : String(error)}\n`)
  process.exit(1)
})
