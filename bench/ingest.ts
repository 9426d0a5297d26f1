// npm run bench:ingest -- --files DIR [--manifest TSV] [--embedded]
// npm run bench:ingest -- --sandbox [--files DIR]: what reading costs by itself, per core; the PDF files of DIR that open without a password count too.
// Sends every file of a folder through the public API and compares what becomes of it with what the manifest expects.
// One JSON line last: keys in docs/benchmarks.md.
import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { uploadFile } from '@intellidocs/client/node'
import type { Document, DocumentId } from '@intellidocs/contracts'
import { rounded } from './figures.ts'
import { judge, type Outcome } from './ingest/judge.ts'
import { readManifest, type Expectation } from './ingest/manifest.ts'
import { watchProcesses } from './ingest/process-watch.ts'
import { measureSandbox } from './ingest/sandbox.ts'
import { startStack, type Stack } from './stack.ts'

const UPLOADS_AT_ONCE = 4
const SETTLE_MS = 15 * 60_000
const terminal = new Set<Document['state']>(['ready', 'failed', 'needs_password', 'cancelled'])

type Sent = { path: string; id: DocumentId; sentAt: number; endedAt: number }

async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort()
}

async function sendAll({ client }: Stack, files: readonly string[]): Promise<Sent[]> {
  const waiting = [...files]
  const sent: Sent[] = []
  await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, async () => {
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      const sentAt = performance.now()
      const { document } = await uploadFile(client, path)
      sent.push({ path, id: document.id, sentAt, endedAt: 0 })
    }
  }))
  return sent
}

/** Waits for every document to end; events say when, a look at each one that is left makes sure. */
async function settle({ client }: Stack, sent: readonly Sent[]): Promise<void> {
  const open = new Map(sent.map((one) => [one.id as string, one]))
  const end = (id: string): void => {
    const one = open.get(id)
    if (one !== undefined) one.endedAt = performance.now()
    open.delete(id)
  }
  const endings = new Set(['documents.ready.v1', 'documents.failed.v1', 'documents.password-needed.v1', 'documents.cancelled.v1'])
  const live = client.live({ onEvent: (event) => { if (event.documentId !== null && endings.has(event.type)) end(event.documentId) } })
  try {
    for (const deadline = performance.now() + SETTLE_MS; open.size > 0 && performance.now() < deadline;) {
      await new Promise((resolve) => setTimeout(resolve, 500))
      for (const id of open.keys()) {
        const { state } = await client.api.documents.get.query({ id })
        if (terminal.has(state)) end(id)
        else break // in order of sending: while the oldest runs, the others are asked about by events
      }
    }
  } finally {
    live.close()
  }
}

async function textOf({ client }: Stack, id: DocumentId): Promise<{ text: string; pages: number; ocrPages: number }> {
  const texts: string[] = []
  let ocrPages = 0
  for (let cursor: string | undefined; ;) {
    const page = await client.api.documents.pages.query({ id, limit: 200, ...(cursor === undefined ? {} : { cursor }) })
    texts.push(...page.items.map((item) => item.text))
    ocrPages += page.items.filter((item) => item.source === 'ocr').length
    if (page.nextCursor === null) return { text: texts.join('\n'), pages: texts.length, ocrPages }
    cursor = page.nextCursor
  }
}

async function outcomeOf(stack: Stack, one: Sent, expected: Expectation | undefined): Promise<Outcome> {
  const { client } = stack
  const { state, reason } = await client.api.documents.get.query({ id: one.id })
  const read = await textOf(stack, one.id)
  if (state !== 'needs_password' || expected === undefined || expected.password === null) return { state, reason, ...read, unlocked: null }
  await client.api.documents.providePassword.mutate({ id: one.id, password: expected.password })
  await settle(stack, [{ ...one, endedAt: 0 }])
  const after = await client.api.documents.get.query({ id: one.id })
  return { state, reason, ...read, unlocked: { state: after.state, text: (await textOf(stack, one.id)).text } }
}

/** Seconds that `pdftotext` takes for the PDF files, one after the other; null where it is not installed. */
async function pdftotextSeconds(files: readonly string[]): Promise<number | null> {
  const since = performance.now()
  for (const file of files.filter((path) => path.endsWith('.pdf'))) {
    try {
      await promisify(execFile)('pdftotext', [file, '-'], { timeout: 60_000, maxBuffer: 64 * 1024 * 1024 })
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null // not installed; other failures are the file's
    }
  }
  return rounded((performance.now() - since) / 1000, 3)
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { files: { type: 'string' }, manifest: { type: 'string' }, embedded: { type: 'boolean', default: false }, sandbox: { type: 'boolean', default: false } } })
  if (values.sandbox) {
    const given = values.files === undefined ? [] : (await filesBelow(values.files)).filter((path) => path.endsWith('.pdf'))
    process.stdout.write(`${JSON.stringify({ sandbox: await measureSandbox(given, (line) => void process.stderr.write(`· ${line}\n`)) })}\n`)
    return
  }
  if (values.files === undefined) throw new Error('name the folder: npm run bench:ingest -- --files DIR [--manifest TSV] [--embedded]')
  const root = values.files
  const files = await filesBelow(root)
  const expectations = values.manifest === undefined ? new Map<string, Expectation>() : readManifest(values.manifest)
  const stack = await startStack({ embedded: values.embedded, say: (line) => void process.stderr.write(`· ${line}\n`) })
  try {
    const { services } = stack.product
    const pids = services.map((service) => service.pid())
    const worker = services.find(({ name }) => name === 'worker')?.pid()
    if (worker === undefined) throw new Error('the worker is not running')
    const watch = watchProcesses(worker)
    const since = performance.now()
    const sent = await sendAll(stack, files)
    await settle(stack, sent)
    const seconds = (performance.now() - since) / 1000
    const outcomes = await Promise.all(sent.map(async (one) => {
      const expected = expectations.get(relative(root, one.path))
      const got = await outcomeOf(stack, one, expected)
      return { ...one, expected, got, wrong: expected === undefined ? null : judge(expected, got) }
    }))
    const { maxRssMb, outbound } = watch.stop()
    process.stdout.write(`${JSON.stringify({
      ...summary(root, outcomes, seconds), max_child_rss_mb: maxRssMb, outbound,
      restarts: services.filter((service, index) => service.pid() !== pids[index]).length,
      database: stack.database, seconds: rounded(seconds), pdftotext_s: await pdftotextSeconds(files),
    })}\n`)
  } finally {
    await stack.stop()
  }
}

type Row = Sent & { expected: Expectation | undefined; got: Outcome; wrong: string | null }

function summary(root: string, rows: readonly Row[], seconds: number) {
  const judged = rows.filter((row) => row.expected !== undefined)
  const types = [...new Set(judged.map((row) => row.expected?.type ?? ''))].sort()
  const of = (type: string): Row[] => judged.filter((row) => row.expected?.type === type)
  const pages = rows.reduce((sum, { got }) => sum + got.pages, 0)
  const ocrPages = rows.reduce((sum, { got }) => sum + got.ocrPages, 0)
  const slowest = rows.toSorted((a, b) => (b.endedAt - b.sentAt) - (a.endedAt - a.sentAt))[0]
  return {
    files: rows.length,
    terminal: rows.filter(({ got }) => terminal.has(got.state as Document['state'])).length,
    expected: judged.length,
    met: judged.filter(({ wrong }) => wrong === null).length,
    by_type: Object.fromEntries(types.map((type) => [type, { n: of(type).length, met: of(type).filter(({ wrong }) => wrong === null).length }])),
    unmet: judged.filter(({ wrong }) => wrong !== null).map(({ path, expected, wrong }) => ({ file: relative(root, path), want: expected?.type, got: wrong })),
    pages,
    pages_per_s: rounded(pages / seconds),
    ocr_pages_per_min: rounded(ocrPages / seconds * 60),
    docs_per_s: rounded(rows.length / seconds),
    slowest: slowest === undefined ? null : { file: basename(slowest.path), s: rounded((slowest.endedAt - slowest.sentAt) / 1000) },
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
