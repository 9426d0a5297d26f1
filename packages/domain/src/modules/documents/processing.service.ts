import type { Reason, Stage, UnreadReason, Warning } from '@intellidocs/contracts'
import { countWords } from '@intellidocs/extraction'
import { FencedError, newId, systemActor, type Actor, type Tx } from '@intellidocs/kernel'
import type { DocumentsDeps } from './documents.deps.ts'
import * as rows from './processing.repository.ts'
import type { ProcessingRef } from './processing.types.ts'
import { mergeWarnings, warningOf } from './warnings.policy.ts'
import { countStopped, fileWarnings, lostWith, pageWarnings, setFileWarnings } from './warnings.repository.ts'

export type Ending = { readonly state: 'failed' | 'needs_password' | 'cancelled'; readonly reason: Reason; readonly mime: string | null; /** What the scanner calls what it found. */ readonly signature?: string }
export type Progress = { readonly stage: Stage; readonly pagesDone: number; readonly pages: number | null }

/** One change of a run in the name of the system. The organization comes with the reference, and no row of another one is in reach. */
async function inRun<T>(deps: DocumentsDeps, ref: ProcessingRef, work: (tx: Tx, actor: Actor) => Promise<T>): Promise<T> {
  const actor = systemActor(ref.orgId, newId())
  try {
    return await deps.runInTx(actor, (tx) => work(tx, actor))
  } catch (error) {
    // No fault, and the only trace that two workers believed in the same work.
    if (error instanceof FencedError) deps.log.info({ ...ref }, 'a late write was refused: the version has moved on')
    throw error
  }
}

const must = (ref: ProcessingRef, rowsChanged: number | boolean): void => {
  if (rowsChanged !== 1 && rowsChanged !== true) throw new FencedError(ref.versionId, ref.attempt)
}

const progressed = (deps: DocumentsDeps, tx: Tx, at: { actor: Actor; ref: ProcessingRef; progress: Progress }): Promise<void> => {
  const { documentId, versionId, attempt } = at.ref
  return deps.outbox.append(
    tx, at.actor, { type: 'documents.progressed.v1', documentId, payload: { documentId, versionId, attempt, ...at.progress }, audit: false },
  )
}

/**
 * Takes the version into work, at the stage it begins with: to look for viruses, or to read it, which waits for that. Called again by a retry it changes
 * nothing that matters. @throws FencedError
 */
export function beginProcessing(deps: DocumentsDeps, ref: ProcessingRef, stage: 'scan' | 'identify' = 'identify'): Promise<rows.Subject> {
  return inRun(deps, ref, async (tx, actor) => {
    must(ref, await rows.lockDocument(tx, ref.orgId, ref.documentId))
    must(ref, await rows.begin(tx, ref, { stage, at: deps.clock.now() }))
    await rows.dropOldPages(tx, ref)
    await progressed(deps, tx, { actor, ref, progress: { stage, pagesDone: 0, pages: null } })
    return currentSubject(tx, ref)
  })
}

/** From here on its bytes are given to those who may read it. @throws FencedError */
export const storeClean = (deps: DocumentsDeps, ref: ProcessingRef): Promise<void> => inRun(deps, ref, async (tx) => must(ref, await rows.setClean(tx, ref)))

/** What the run works on, while it is this attempt's to work on. @throws FencedError */
export const loadSubject = (deps: DocumentsDeps, ref: ProcessingRef): Promise<rows.Subject> => inRun(deps, ref, (tx) => currentSubject(tx, ref))

async function currentSubject(tx: Tx, ref: ProcessingRef): Promise<rows.Subject> {
  const subject = await rows.findSubject(tx, ref)
  if (subject === null || subject.attempt !== ref.attempt || subject.state !== 'processing') throw new FencedError(ref.versionId, ref.attempt)
  return subject
}

/** How this attempt ended, if it has; null when it is still going or the version has moved on. */
export function endOf(deps: DocumentsDeps, ref: ProcessingRef): Promise<{ state: string; reason: Reason | null } | null> {
  return inRun(deps, ref, async (tx) => {
    const subject = await rows.findSubject(tx, ref)
    const over = subject !== null && subject.attempt === ref.attempt && subject.state !== 'queued' && subject.state !== 'processing'
    return over ? { state: subject.state, reason: subject.reason } : null
  })
}

/** Row and event of one step of progress. @throws FencedError */
export function reportProgress(deps: DocumentsDeps, ref: ProcessingRef, progress: Progress): Promise<void> {
  return inRun(deps, ref, async (tx, actor) => {
    must(ref, await rows.setProgress(tx, ref, progress))
    await progressed(deps, tx, { actor, ref, progress })
  })
}

/** Text that PostgreSQL takes: no NUL, no half of a surrogate pair. Everything after counts characters of this text, never of the original. */
const storable = (text: string): string => text.toWellFormed().replaceAll('\u0000', '')

/** @throws FencedError */
export async function storePages(deps: DocumentsDeps, ref: ProcessingRef, pages: readonly rows.NewPage[]): Promise<void> {
  const counted: rows.NewPage[] = []
  for (const page of pages) counted.push({ ...page, text: storable(page.text), words: await countWords(page.text) })
  await inRun(deps, ref, async (tx) => {
    must(ref, await rows.fence(tx, ref))
    await rows.writePages(tx, ref, counted)
  })
}

/** What the bytes are and how many pages they have; from here on the version is ready only with that many pages. @throws FencedError */
export function storeFacts(deps: DocumentsDeps, ref: ProcessingRef, facts: rows.NewFacts): Promise<void> {
  return inRun(deps, ref, async (tx, actor) => {
    must(ref, await rows.setFacts(tx, ref, { ...facts, warnings: mergeWarnings(facts.warnings) }))
    await progressed(deps, tx, { actor, ref, progress: { stage: 'extract', pagesDone: 0, pages: facts.pages } })
  })
}

/** Adds to what is known of the file as a whole; what is known already is told once. @throws FencedError */
export function storeWarnings(deps: DocumentsDeps, ref: ProcessingRef, warnings: readonly Warning[]): Promise<void> {
  return inRun(deps, ref, async (tx) => {
    must(ref, await rows.fence(tx, ref))
    await setFileWarnings(tx, ref, mergeWarnings([...await fileWarnings(tx, ref), ...warnings]))
  })
}

/** Pages that crossed a limit of theirs while their pixels were read. */
export const stoppedPages = (deps: DocumentsDeps, ref: ProcessingRef): Promise<number> => inRun(deps, ref, (tx) => countStopped(tx, ref))

/** Why nothing at all could be read of the version; null where a page has words, or there is nothing to be read. */
export const lostReason = (deps: DocumentsDeps, ref: ProcessingRef): Promise<UnreadReason | null> => inRun(deps, ref, (tx) => lostWith(tx, ref))

/** Known late for scans, whose words come from their pixels. @throws FencedError */
export function storeLanguage(deps: DocumentsDeps, ref: ProcessingRef, language: string): Promise<void> {
  return inRun(deps, ref, async (tx) => must(ref, await rows.setLanguage(tx, ref, language)))
}

/** The title of what does not say one, known late for scans. @throws FencedError */
export function storeHeading(deps: DocumentsDeps, ref: ProcessingRef, heading: string): Promise<void> {
  return inRun(deps, ref, async (tx) => must(ref, await rows.setHeading(tx, ref, heading)))
}

export const writtenPages = (deps: DocumentsDeps, ref: ProcessingRef, range: { from: number; to: number }): Promise<number[]> =>
  inRun(deps, ref, (tx) => rows.writtenPages(tx, ref, range))

export const readPages = (
  deps: DocumentsDeps, ref: ProcessingRef, range: { from: number; to: number },
): Promise<{ number: number; text: string }[]> =>
  inRun(deps, ref, (tx) => rows.readPages(tx, ref, range))

export const countPages = (deps: DocumentsDeps, ref: ProcessingRef): Promise<number> => inRun(deps, ref, (tx) => rows.countPages(tx, ref))

/**
 * Ready and published, in one transaction, and only with every page accounted for.
 * @throws FencedError; Error when pages are missing; AppError quota.exceeded
 */
export function finishProcessing(deps: DocumentsDeps, ref: ProcessingRef): Promise<void> {
  return inRun(deps, ref, async (tx, actor) => {
    must(ref, await rows.lockDocument(tx, ref.orgId, ref.documentId))
    must(ref, await rows.fence(tx, ref))
    const warnings = mergeWarnings([...await fileWarnings(tx, ref), ...(await pageWarnings(tx, ref)).map(({ number, reason }) => warningOf(number, reason))])
    if (await rows.setReady(tx, ref, { at: deps.clock.now(), warnings }) !== 1) throw new Error('pages are missing: the version is not ready')
    await rows.publish(tx, ref)
    const { pages, ...reading } = await rows.readingOf(tx, ref)
    const { documentId, versionId, attempt } = ref
    await deps.quota.consume(tx, actor, [
      { kind: 'pages', amount: pages, key: `pages:${versionId}:${attempt}`, documentId },
      { kind: 'ocrPages', amount: reading.ocrPages, key: `ocr-pages:${versionId}:${attempt}`, documentId },
    ])
    await deps.outbox.append(tx, actor, {
      type: 'documents.ready.v1', documentId, payload: { documentId, versionId, attempt, pages, reading },
      audit: { subjectType: 'document', subjectId: documentId, data: { versionId, attempt, pages } },
    })
  })
}

/** An end that is not `ready`. False: this attempt has ended before or is not the running one; nothing was changed. */
export function endProcessing(deps: DocumentsDeps, ref: ProcessingRef, ending: Ending): Promise<boolean> {
  return inRun(deps, ref, async (tx, actor) => {
    const infected = ending.reason === 'infected'
    if (infected) await rows.lockTwins(tx, ref)
    if (await rows.end(tx, ref, { ...ending, at: deps.clock.now() }) !== 1) return false
    if (infected) await rows.condemnTwins(tx, ref)
    const { documentId, versionId, attempt } = ref
    const run = { documentId, versionId, attempt }
    const found = ending.signature === undefined ? {} : { signature: ending.signature }
    const audit = { subjectType: 'document', subjectId: documentId, data: { versionId, attempt, state: ending.state, reason: ending.reason, ...found } }
    if (ending.state === 'cancelled') await deps.outbox.append(
      tx, actor, { type: 'documents.cancelled.v1', documentId, payload: { ...run, state: 'cancelled' }, audit },
    )
    else if (ending.state === 'needs_password') await deps.outbox.append(
      tx, actor, { type: 'documents.password-needed.v1', documentId, payload: { ...run, reason: ending.reason }, audit },
    )
    else await deps.outbox.append(tx, actor, { type: 'documents.failed.v1', documentId, payload: { ...run, reason: ending.reason }, audit })
    return true
  })
}
