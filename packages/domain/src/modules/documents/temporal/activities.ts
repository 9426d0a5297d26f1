import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { isUnreadReason, maxWarningNames, maxWarningRanges, type Reason, type UnreadReason, type Warning } from '@intellidocs/contracts'
import { atWrite, decryptSecret, isPrinted } from '@intellidocs/kernel'
import {
  ExtractionError, headingOf, InfectedError, type ExtractedPage, type OcrInput, type OcrPage, type OcrResult, type Provenance, type ReadInput, type ReadResult, type VirusScanner,
} from '@intellidocs/extraction'
import type { DocumentsDeps } from '../documents.deps.ts'
import { passwordPurpose } from '../password.ts'
import type { KeptFacts } from '../documents.rows.ts'
import type { NewPage, Subject } from '../processing.repository.ts'
import {
  beginProcessing, countPages, endOf, endProcessing, finishProcessing, loadSubject, lostReason, readPages, reportProgress, stoppedPages, storeClean, storeFacts,
  storeHeading, storeLanguage, storePages, storeWarnings, writtenPages,
} from '../processing.service.ts'
import type { ProcessingRef } from '../processing.types.ts'
import { acceptAttachment, mayHoldDocuments } from '../use-cases/accept-attachment.ts'
import { storeSketch } from '../use-cases/find-duplicates.ts'
import { BATCH_PAGES, type PageRange, type ProcessingActivities, type Settlement, type StepDone } from './activities.types.ts'
import { guarded, type Control } from './guarded.ts'
import { createProgressReporter, type ProgressReporter } from './progress.ts'

export type ActivityDeps = {
  readonly documents: DocumentsDeps
  /** How files are read, in child processes; one that read a file of one organization never reads one of another. */
  readonly extraction: {
    readonly readDocument: (input: ReadInput) => Promise<ReadResult>
    readonly ocrPages: (input: OcrInput) => Promise<OcrResult>
    readonly languageOf: (pages: readonly { text: string }[]) => Promise<string | null>
  }
  /** Absent where nobody looks for viruses; what waits to be looked at goes on waiting. */
  readonly scanner?: VirusScanner | undefined
  readonly ocrLangs: readonly string[]
  /** A folder for the files being worked on; each activity removes what it put there. */
  readonly tempDir: string
}

const PAGES_PER_WRITE = 200
/** Characters to a write, unless a single page has more. */
const TEXT_PER_WRITE = 4_000_000
const PROGRESS_MS = 1000
/** Pages of one document that may cross a limit while their pixels are read; with one more the rest of them is not tried. */
const STOPPED_PAGES = 3
const settlements: Readonly<Record<Settlement, { state: 'failed' | 'cancelled'; reason: Reason }>> = {
  failed: { state: 'failed', reason: 'internal' }, unscanned: { state: 'failed', reason: 'scan_failed' }, cancelled: { state: 'cancelled', reason: 'cancelled' },
}
const MAX_ATTACHMENT_BYTES = 512 * 1024 * 1024

export function createProcessingActivities(deps: ActivityDeps): ProcessingActivities {
  return {
    scan: (ref) => guarded(deps.documents, ref, (control) => scan(deps, ref, control)),
    read: (ref) => guarded(deps.documents, ref, (control) => read(deps, ref, control)),
    ocr: (ref, range) => guarded(deps.documents, ref, (control) => ocr(deps, { ref, range }, control)),
    index: (ref, batch) => guarded(deps.documents, ref, (control) => index(deps, { ref, batch }, control)),
    settle: async (ref, ending) => {
      await atWrite('settle', () => endProcessing(deps.documents, ref, { ...settlements[ending], mime: null }))
      const end = await endOf(deps.documents, ref)
      return { kind: 'ended', state: end?.state ?? 'superseded', reason: end?.reason ?? null }
    },
  }
}

const reporter = (deps: ActivityDeps, ref: ProcessingRef, control: Control): ProgressReporter => createProgressReporter({
  write: (progress) => reportProgress(deps.documents, ref, progress), everyMs: PROGRESS_MS, now: () => performance.now(), onFailure: control.fail,
})

/** The bytes as a file for the length of the work, in a folder that goes with it. */
async function withFile<T>(
  deps: ActivityDeps, of: { ref: ProcessingRef; subject: Subject; control: Control },
  work: (file: { path: string; workDir: string }) => Promise<T>,
): Promise<T> {
  await mkdir(deps.tempDir, { recursive: true, mode: 0o700 })
  const folder = await mkdtemp(join(deps.tempDir, 'run-'))
  try {
    const path = join(folder, 'source')
    const workDir = join(folder, 'work')
    await mkdir(workDir, { mode: 0o700 })
    const source = await deps.documents.blobs.open(of.ref.orgId, of.subject.sha256)
    await pipeline(source, createWriteStream(path, { flags: 'wx', mode: 0o600 }), { signal: of.control.signal })
    return await work({ path, workDir })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function passwordOf(deps: ActivityDeps, subject: Subject): { password?: string } {
  if (subject.passwordCipher === null) return {}
  const { secretKey, oldSecretKeys = [] } = deps.documents
  return { password: decryptSecret([secretKey, ...oldSecretKeys], passwordPurpose, subject.passwordCipher).toString('utf8') }
}

async function scan(deps: ActivityDeps, ref: ProcessingRef, control: Control): Promise<StepDone> {
  const subject = await atWrite('begin', () => beginProcessing(deps.documents, ref, 'scan'))
  if (subject.scan === 'none' || subject.scan === 'clean') return { kind: 'done' }
  if (deps.scanner === undefined) throw new Error('the version waits for a scanner, and this worker has none: CLAMD_ADDRESS is not set')
  const found = await deps.scanner.scan(await deps.documents.blobs.open(ref.orgId, subject.sha256), control.signal)
  if (found.verdict === 'infected') throw new InfectedError(found.signature)
  if (found.verdict === 'too_large') throw new ExtractionError('scan_limit', 'the scanner does not take so much')
  await atWrite('scanned', () => storeClean(deps.documents, ref))
  return { kind: 'done' }
}

async function read(deps: ActivityDeps, ref: ProcessingRef, control: Control): Promise<{ kind: 'read'; pages: number; ocrBatches: number[] }> {
  const subject = await atWrite('begin', () => beginProcessing(deps.documents, ref))
  const progress = reporter(deps, ref, control)
  return withFile(deps, { ref, subject, control }, async ({ path, workDir }) => {
    const found = await deps.extraction.readDocument({
      owner: ref.orgId, path, fileName: subject.fileName, ...passwordOf(deps, subject), workDir, signal: control.signal,
      onProgress: ({ pagesDone, pages }) => progress.note({ stage: 'extract', pagesDone, pages }),
    })
    await progress.settle()
    await atWrite('facts', () => storeFacts(
      deps.documents, ref, { mime: found.mime, language: found.language, pages: found.pages.length, warnings: found.warnings, said: saidBy(found) },
    ))
    for (const pages of writesOf(found.pages.filter((page) => !page.needsOcr).map((page) => pageOf(page, found.provenance)))) await atWrite('pages', () => storePages(deps.documents, ref, pages))
    await storeAttachments(deps, { ref, files: found.attachments, control })
    const ocrBatches = [...new Set(found.pages.filter((page) => page.needsOcr).map((page) => Math.floor((page.number - 1) / BATCH_PAGES)))]
    return { kind: 'read', pages: found.pages.length, ocrBatches }
  })
}

/** A page that needs no OCR. Without text it is blank, or its warnings say why nothing of it could be had. */
function pageOf({ number, text, warnings, boxes }: ExtractedPage, provenance: Provenance): NewPage {
  return { number, text, source: text.trim() !== '' ? 'text' : warnings.length > 0 ? 'unread' : 'blank', confidence: null, warnings, provenance, boxes }
}

/** Without a title of its own a text has that of its first line; that of a scan is known once its pixels are read. */
function saidBy({ facts, pages }: ReadResult): KeptFacts {
  const title = facts.title ?? headingOf(pages[0]?.text ?? '')
  const said = { title, titleFrom: title === null ? null : facts.title === null ? 'heading' : 'file', author: facts.author, createdAt: facts.createdAt, modifiedAt: facts.modifiedAt }
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null))
}

/** Pages in portions that one transaction takes within a moment. */
function writesOf(pages: readonly NewPage[]): NewPage[][] {
  const writes: NewPage[][] = []
  let characters = 0
  for (const page of pages) {
    const last = writes.at(-1)
    if (last === undefined || last.length === PAGES_PER_WRITE || characters + page.text.length > TEXT_PER_WRITE) {
      writes.push([page])
      characters = page.text.length
    } else {
      last.push(page)
      characters += page.text.length
    }
  }
  return writes
}

async function storeAttachments(deps: ActivityDeps, of: { ref: ProcessingRef; files: ReadResult['attachments']; control: Control }): Promise<void> {
  if (of.files.length === 0) return
  if (!await mayHoldDocuments(deps.documents, of.ref, of.files.length)) {
    const names = of.files.map(({ fileName }) => fileName.slice(0, 300)).slice(0, maxWarningNames)
    return storeWarnings(deps.documents, of.ref, [{ reason: 'attachment_too_deep', pages: [], names }])
  }
  for (const [ordinal, file] of of.files.entries()) {
    // An attachment without bytes holds nothing to read or to find, and is not a document.
    if ((await stat(file.path)).size === 0) continue
    const stored = await deps.documents.blobs.put(
      of.ref.orgId, createReadStream(file.path), { maxBytes: MAX_ATTACHMENT_BYTES, signal: of.control.signal },
    )
    await atWrite('attachment', () => acceptAttachment(deps.documents, of.ref, { ordinal, fileName: file.fileName, ...stored }))
  }
}

async function ocr(deps: ActivityDeps, { ref, range }: { ref: ProcessingRef; range: PageRange }, control: Control): Promise<{ kind: 'done' }> {
  const subject = await loadSubject(deps.documents, ref)
  const missing = await missingPages(deps, { ref, range, subject })
  if (missing.length === 0) return { kind: 'done' }
  const progress = reporter(deps, ref, control)
  let done = await countPages(deps.documents, ref)
  progress.note({ stage: 'ocr', pagesDone: done, pages: subject.pages })
  const rows = pageWriter(deps, ref, { control, onWritten: () => progress.note({ stage: 'ocr', pagesDone: ++done, pages: subject.pages }) })
  const left = new Set(missing)
  try {
    const found = await withFile(deps, { ref, subject, control }, async ({ path, workDir }) => deps.extraction.ocrPages({
      path, mime: subject.mime ?? 'application/octet-stream', ...passwordOf(deps, subject), pages: missing, ...readingLanguages(deps, subject),
      tolerance: Math.max(0, STOPPED_PAGES - await stoppedPages(deps.documents, ref)), workDir, signal: control.signal,
      onPage: (page) => {
        left.delete(page.number)
        rows.add(page)
      },
    }))
    if (found.missing.length > 0) await storeWarnings(deps.documents, ref, [languagesMissing(missing, found.missing)])
  } catch (error) {
    const reason = pagesFault(error)
    if (reason === null) {
      // What was read is kept first: the next try asks which pages are there.
      await rows.settle()
      throw error
    }
    // What the recognizer could not do costs the document these pages, and not what its others say.
    for (const number of left) rows.add({ number, text: '', source: 'unread', confidence: null, warnings: [reason], provenance: null })
  }
  await rows.settle()
  await progress.settle()
  return { kind: 'done' }
}

/** Where nobody says anything, or `auto`, pages in other scripts than those of these languages are read in languages of their own. */
function readingLanguages({ ocrLangs }: ActivityDeps, { ocrLanguages }: Subject): Pick<OcrInput, 'langs' | 'anyScript'> {
  const named = ocrLanguages.filter((language) => language !== 'auto')
  return { langs: named.length > 0 ? named : [...ocrLangs], anyScript: ocrLanguages.length === 0 || named.length < ocrLanguages.length }
}

const pagesFault = (error: unknown): UnreadReason | null => (error instanceof ExtractionError && isUnreadReason(error.reason) ? error.reason : null)
const languagesMissing = (pages: readonly number[], names: readonly string[]): Warning => ({
  reason: 'ocr_language_missing', pages: pages.slice(0, maxWarningRanges).map((number) => ({ from: number, to: number })), names: names.slice(0, maxWarningNames),
})

async function missingPages(deps: ActivityDeps, of: { ref: ProcessingRef; range: PageRange; subject: Subject }): Promise<number[]> {
  const { from, to } = of.range
  const written = new Set(await writtenPages(deps.documents, of.ref, of.range))
  const length = Math.max(0, Math.min(to, of.subject.pages ?? 0) - from + 1)
  return Array.from({ length }, (_, at) => from + at).filter((number) => !written.has(number))
}

type ReadPage = NewPage & Pick<OcrPage, 'missing'>

/** Each page is a row as soon as it is read, so that a killed worker repeats one page and not the batch. */
function pageWriter(deps: ActivityDeps, ref: ProcessingRef, { control, onWritten }: { control: Control; onWritten: () => void }) {
  let last: Promise<void> = Promise.resolve()
  const named = new Set<string>()
  /** The page itself says that a language is missing, the document which one. */
  async function nameLacking({ number, missing }: ReadPage): Promise<void> {
    if (missing === undefined || named.has(missing)) return
    named.add(missing)
    await storeWarnings(deps.documents, ref, [languagesMissing([number], [missing])])
  }
  return {
    add: (page: ReadPage): void => {
      last = last.then(() => atWrite('ocr_page', () => storePages(deps.documents, ref, [page]))).then(() => nameLacking(page)).then(onWritten)
      // Told here at once, and thrown by `settle`; without this the rejection would have no handler in between.
      last.catch(control.fail)
    },
    settle: (): Promise<void> => last,
  }
}

type Batch = PageRange & { readonly first: boolean; readonly last: boolean }

async function index(deps: ActivityDeps, { ref, batch }: { ref: ProcessingRef; batch: Batch }, control: Control): Promise<{ kind: 'done' }> {
  const subject = await loadSubject(deps.documents, ref)
  const lost = batch.last ? await lostReason(deps.documents, ref) : null
  if (lost !== null) throw new ExtractionError(lost, 'none of the pages could be read', { mime: subject.mime })
  const pages = await readPages(deps.documents, ref, batch)
  if (pages.length !== batch.to - batch.from + 1) throw new Error(`pages ${batch.from} to ${batch.to}: ${pages.length} are there`)
  const language = subject.language ?? (batch.first ? await learnLanguage(deps, ref, pages) : null)
  const heading = batch.first && !subject.titled ? headingOf(pages[0]?.text ?? '') : null
  if (heading !== null) await storeHeading(deps.documents, ref, heading)
  const progress = reporter(deps, ref, control)
  const { orgId, documentId, versionId, attempt } = ref
  await atWrite('passages', () => deps.documents.passages.index(
    { orgId, documentId, versionId, attempt, title: subject.name, language, pages, first: batch.first, printed: isPrinted(subject.mime) },
    (stage, pagesDone) => progress.note({ stage, pagesDone: batch.from - 1 + pagesDone, pages: subject.pages }),
    control.signal,
  ))
  await progress.settle()
  await atWrite('sketch', () => storeSketch(deps.documents, ref, pages))
  // Older versions' passages answer no question from here on; search removes them when it hears of `ready`.
  if (batch.last) await atWrite('publish', () => finishProcessing(deps.documents, ref))
  return { kind: 'done' }
}

/** The words of a scan are known only now. */
async function learnLanguage(deps: ActivityDeps, ref: ProcessingRef, pages: readonly { text: string }[]): Promise<string | null> {
  const language = await deps.extraction.languageOf(pages)
  if (language !== null) await storeLanguage(deps.documents, ref, language)
  return language
}
