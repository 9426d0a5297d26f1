// npm run bench:abuse -- --only long-pdf, or alone: node bench/abuse/long-pdf.ts [--pages 10000]
// One PDF of text with twice the pages that are allowed by default, under a limit that lets it in, once cancelled while it is read and once read to its
// end, and a long scan that is cancelled while it is recognized. One JSON line last: { long_pdf: { history_events_10k_pages, pages, seconds, cancel_s, children_left, … } }.
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { createWriteStream } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Client, Connection } from '@temporalio/client'
import { uploadFile } from '@intellidocs/client/node'
import type { Document, DocumentId } from '@intellidocs/contracts'
import { descendantsOf, isRunning, until } from '@intellidocs/testing'
import PdfKit from 'pdfkit'
import sharp from 'sharp'
import { cpuOf } from '../api/processes.ts'
import { rounded } from '../figures.ts'
import { writeTextPdf } from '../ingest/long-pdf-file.ts'
import { watchProcesses } from '../ingest/process-watch.ts'
import { startStack, type Stack } from '../stack.ts'

const SCAN_PAGES = 40
const READY_MS = 20 * 60_000
const TELL_MS = 15_000
const CANCEL_MS = 30_000
const BUSY_MS = 300

type Options = { pages: number; say: (line: string) => void }

function workerOf({ product }: Stack): number {
  const pid = product.services.find(({ name }) => name === 'worker')?.pid()
  if (pid === undefined) throw new Error('the worker is not running')
  return pid
}

const commandOf = (pid: number): string => {
  try { return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') } catch { return '' } // it ended between two looks
}
/** Processes that recognize pixels now; readers that wait for a file are no part of it. */
const recognizers = (worker: number): number[] => descendantsOf(worker).map(({ pid }) => pid).filter((pid) => /tesseract|child\/main\.ts/.test(commandOf(pid)))

/** The longest history of the runs that read the document, in events, and how many runs there were. */
async function historyOf({ product }: Stack, { versionId }: { versionId: string }): Promise<{ events: number; runs: number }> {
  const connection = await Connection.connect({ address: product.temporalAddress })
  try {
    const { workflow } = new Client({ connection })
    const id = `document-processing/${versionId}/1`
    const lengths = async (): Promise<number[]> => {
      const found: number[] = []
      for await (const run of workflow.list({ query: `WorkflowId = '${id}'` })) if (run.closeTime !== undefined) found.push(run.historyLength ?? 0)
      return found
    }
    // The list is brought up to date a moment after a run has ended.
    const { status } = await workflow.getHandle(id).describe()
    if (status.name === 'RUNNING') await workflow.getHandle(id).result()
    let before = -1
    const all = await until('the list of runs stays as it is', async () => {
      const found = await lengths()
      const settled = found.length > 0 && found.length === before
      before = found.length
      return settled && found
    }, { withinMs: 30_000 })
    return { events: Math.max(...all), runs: all.length }
  } finally {
    await connection.close()
  }
}

/** Pages that came back through the API with the number that was written on them. */
async function rightPages({ client }: Stack, id: DocumentId): Promise<number> {
  let right = 0
  for (let cursor: string | undefined; ;) {
    const { items, nextCursor } = await client.api.documents.pages.query({ id, limit: 200, ...(cursor === undefined ? {} : { cursor }) })
    right += items.filter((page) => page.text.startsWith(`page-number-${page.number} of file-1`)).length
    if (nextCursor === null) return right
    cursor = nextCursor
  }
}

const isOver = ({ state }: Document): boolean => !['queued', 'processing'].includes(state)

/** The document as it is now, once it is read or is not going to be. */
async function whenOver({ client }: Stack, { id }: Pick<Document, 'id'>): Promise<Document | null> {
  const document = await client.api.documents.get.query({ id })
  return isOver(document) ? document : null
}

/** Processes below the worker that took a tenth of the processor and more within a moment. */
async function busyBelow(worker: number) {
  const before = await Promise.all(descendantsOf(worker).map(async (one) => ({ one, cpu: await cpuOf(one.pid) })))
  await delay(BUSY_MS)
  const after = await Promise.all(before.map(async ({ one, cpu }) => ({ one, spent: isRunning(one) ? await cpuOf(one.pid) - cpu : 0 })))
  return after.filter(({ spent }) => spent > BUSY_MS * 100).map(({ one }) => one)
}

/** The same document, cancelled while its text is being read; the child that reads it is to end. */
async function cancelLong(stack: Stack, path: string, { say }: Options) {
  const worker = workerOf(stack)
  const { document } = await uploadFile(stack.client, path)
  await until('the text is being read', async () => {
    const { progress } = await stack.client.api.documents.get.query({ id: document.id })
    return progress.stage === 'extract' && progress.pagesDone > 0
  }, { withinMs: READY_MS })
  const working = await until('a child is at work', async () => {
    const busy = await busyBelow(worker)
    return busy.length > 0 && busy
  })
  const since = performance.now()
  await stack.client.api.documents.cancel.mutate({ id: document.id })
  await until('the children have ended', () => !working.some(isRunning), { withinMs: CANCEL_MS })
  const seconds = (performance.now() - since) / 1000
  const { state } = await until('the reading has ended', () => whenOver(stack, document), { withinMs: CANCEL_MS })
  say(`${working.length} reading processes gone ${rounded(seconds, 2)} s after the cancel, state ${state}`)
  return { cancel_read_s: rounded(seconds, 2), cancel_read_as: state, cancel_read_children: working.length, cancel_read_left: (await busyBelow(worker)).length }
}

async function readLong(stack: Stack, path: string, { pages, say }: Options) {
  const worker = workerOf(stack)
  const watch = watchProcesses(worker)
  let workerPeakKb = 0
  const since = performance.now()
  const { document } = await uploadFile(stack.client, path)
  let toldAt = since
  const over = await until(`${pages} pages are read`, async () => {
    workerPeakKb = Math.max(workerPeakKb, Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${worker}/status`, 'utf8'))?.[1] ?? 0))
    const now = await stack.client.api.documents.get.query({ id: document.id })
    if (performance.now() - toldAt > TELL_MS) {
      toldAt = performance.now()
      say(`${now.progress.stage ?? now.state}: ${now.progress.pagesDone} of ${pages} pages after ${rounded((toldAt - since) / 1000)} s`)
    }
    return isOver(now) && now
  }, { withinMs: READY_MS })
  const seconds = (performance.now() - since) / 1000
  const { maxRssMb } = watch.stop()
  if (over.state !== 'ready') throw new Error(`the long document ended as ${over.state}: ${String(over.reason)}`)
  say(`${pages} pages ready in ${rounded(seconds)} s`)
  const { events, runs } = await historyOf(stack, { versionId: over.versionId })
  return {
    pages: await rightPages(stack, document.id), seconds: rounded(seconds), megabytes: rounded((await stat(path)).size / 1e6),
    history_events_10k_pages: events, runs, max_child_rss_mb: maxRssMb, max_worker_rss_mb: Math.round(workerPeakKb / 1024),
  }
}

/** Pages of text as pictures, A4 at 200 dpi, as a scanner makes them. */
async function writeScan(path: string, pages: number): Promise<void> {
  const pdf = new PdfKit({ autoFirstPage: false, size: 'A4' })
  const written = pipeline(pdf, createWriteStream(path))
  for (let page = 1; page <= pages; page += 1) {
    const lines = Array.from({ length: 45 }, (_, line) => `<text x="120" y="${150 + line * 46}">Page ${page}, line ${line}: the harbour master counted ships</text>`)
    const svg = `<svg width="1654" height="2339" font-family="DejaVu Sans, sans-serif" font-size="30">${lines.join('')}</svg>`
    pdf.addPage().image(await sharp(Buffer.from(svg)).flatten({ background: '#ffffff' }).grayscale().jpeg().toBuffer(), 0, 0, { width: 595.28 })
  }
  pdf.end()
  await written
}

async function cancelScan(stack: Stack, folder: string, { say }: Options) {
  const path = join(folder, 'scan.pdf')
  await writeScan(path, SCAN_PAGES)
  const worker = workerOf(stack)
  const { document } = await uploadFile(stack.client, path)
  const working = await until('recognition is under way', () => {
    const pids = recognizers(worker)
    return pids.some((pid) => commandOf(pid).includes('page.pgm')) && pids
  }, { withinMs: CANCEL_MS * 4 })
  const since = performance.now()
  await stack.client.api.documents.cancel.mutate({ id: document.id })
  const acknowledged = performance.now()
  await until('the children have ended', () => recognizers(worker).length === 0, { withinMs: CANCEL_MS })
  const seconds = (performance.now() - since) / 1000
  const { state } = await until('the scan has ended', () => whenOver(stack, document), { withinMs: CANCEL_MS })
  // Whatever starts late would show in the next seconds.
  await delay(2_000)
  say(`${working.length} processes gone ${rounded(seconds)} s after the cancel (answered after ${rounded((acknowledged - since) / 1000)} s), state ${state}`)
  return { cancel_s: rounded(seconds, 2), cancelled_as: state, children_before: working.length, children_left: recognizers(worker).length }
}

/** Runs both on a running stack whose worker allows `pages` (MAX_PAGES). */
export async function measureLongPdf(stack: Stack, options: Options) {
  const folder = await mkdtemp(join(tmpdir(), 'intellidocs-long-pdf-'))
  try {
    const path = join(folder, 'long.pdf')
    await writeTextPdf(path, options)
    return { ...await cancelScan(stack, folder, options), ...await cancelLong(stack, path, options), ...await readLong(stack, path, options) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The same on a stack of its own, which ends with it. */
export async function longPdf(options: Options) {
  // The stack's processes get this environment.
  Object.assign(process.env, { MAX_PAGES: String(options.pages) })
  const stack = await startStack({ embedded: false, say: options.say })
  try {
    return { long_pdf: await measureLongPdf(stack, options) }
  } finally {
    await stack.stop()
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { pages: { type: 'string', default: '10000' } } })
  const result = await longPdf({ pages: Number(values.pages), say: (line) => void process.stderr.write(`· ${line}\n`) })
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
