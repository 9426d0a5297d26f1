import {
  ActivityCancellationType, ActivityFailure, ApplicationFailure, CancellationScope, continueAsNew, isCancellation, proxyActivities,
  setCurrentDetails, workflowInfo,
} from '@temporalio/workflow'
import type { ActivityOptions } from '@temporalio/workflow'
import type { ProcessingRef } from '../processing.types.ts'
import type { PageRange, ProcessingActivities, RunEnd } from './activities.types.ts'
import { summaries } from './summaries.ts'

/** Where a long document goes on in its next run; everything else of it is in the database. */
type Position = { readonly pages: number; readonly ocrBatches: number[]; readonly batch: number }
/** `scan`: the bytes are looked at for viruses first. In the input, so that runs of before there was a scanner replay as they were. */
export type DocumentProcessingInput = ProcessingRef & { readonly position?: Position; readonly scan?: true }

/** Pages to an activity; the same number as in `activities.types.ts`, which the bundle must not pull in as a value. */
const BATCH = 50
/** 2,000 pages to a run: about 600 events of history. */
const BATCHES_PER_RUN = 40
/** Two at a time use both hands of the `ocr` queue when nobody else wants them. */
const OCR_AT_ONCE = 2

const step = (summary: string, options: ActivityOptions = {}): ProcessingActivities => proxyActivities<ProcessingActivities>({
  startToCloseTimeout: '30 minutes', heartbeatTimeout: '6 seconds', cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED, summary,
  retry: {
    initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds', maximumAttempts: 8, nonRetryableErrorTypes: ['Fenced'],
  },
  ...options,
})

/**
 * Waits a day for a scanner that is away: nothing is held up by it but what waits for the scanner, since a try that fails gives its place to others. The
 * pauses grow to those of `guarded.ts`.
 */
const scanning: ActivityOptions = {
  scheduleToCloseTimeout: '24 hours',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '3 minutes', nonRetryableErrorTypes: ['Fenced'] },
}

/** Short and without heartbeats; tried for about an hour, because nothing else can say how a run ended. */
const settling: ActivityOptions = {
  startToCloseTimeout: '30 seconds',
  retry: {
    initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '60 seconds', maximumAttempts: 60, nonRetryableErrorTypes: ['Fenced'],
  },
}

const ocrStep = (range: PageRange) => step(summaries.ocr(range), { taskQueue: 'ocr' })
const indexStep = (range: PageRange) => step(summaries.index(range), { taskQueue: 'index' })
const isFenced = (error: unknown): boolean =>
  error instanceof ActivityFailure && error.cause instanceof ApplicationFailure && error.cause.type === 'Fenced'
const rangeOf = (batch: number, pages: number): PageRange => ({ from: batch * BATCH + 1, to: Math.min(pages, (batch + 1) * BATCH) })

/**
 * Reads one version: text, pixels where there is no text, index, publish. The rows in the database are the truth; this only decides what is done
 * next and when to stop. It completes whatever becomes of the document; it fails only when it could not even say so.
 */
export async function documentProcessing(input: DocumentProcessingInput): Promise<RunEnd> {
  const { orgId, documentId, versionId, attempt, trace } = input
  // Handed on to the activities, which are where spans are made: here they would disturb a replay.
  const ref: ProcessingRef = { orgId, documentId, versionId, attempt, ...(trace === undefined ? {} : { trace }) }
  try {
    if (input.scan === true) {
      const scanned = await step(summaries.scan, scanning).scan(ref)
      if (scanned.kind === 'ended') return scanned
    }
    return await process(ref, input.position ?? null)
  } catch (error) {
    if (isFenced(error)) return { kind: 'ended', state: 'superseded', reason: null }
    if (isCancellation(error)) {
      await CancellationScope.nonCancellable(() => step(summaries.cancelled, settling).settle(ref, 'cancelled'))
      throw error
    }
    if (!(error instanceof ActivityFailure)) throw error
    const ending = error.activityType === 'scan' ? 'unscanned' : 'failed'
    return await CancellationScope.nonCancellable(() => step(summaries.failed, settling).settle(ref, ending))
  }
}

async function process(ref: ProcessingRef, resumed: Position | null): Promise<RunEnd> {
  let position = resumed
  if (position === null) {
    const read = await step(summaries.read).read(ref)
    if (read.kind === 'ended') return read
    position = { pages: read.pages, ocrBatches: read.ocrBatches, batch: 0 }
  }
  const { pages, ocrBatches } = position
  // One batch even without a page (a mail of attachments alone), because the last one publishes.
  const batches = Math.max(1, Math.ceil(pages / BATCH))
  const end = Math.min(batches, position.batch + BATCHES_PER_RUN)
  const stopped = await recognize(ref, { pages, batches: ocrBatches.filter((batch) => batch >= (position?.batch ?? 0) && batch < end) })
  if (stopped !== null) return stopped
  for (let batch = position.batch; batch < end; batch++) {
    const range = rangeOf(batch, pages)
    setCurrentDetails(`Indexing: ${range.from - 1} of ${pages} pages`)
    const done = await indexStep(range).index(ref, { ...range, first: batch === 0, last: batch === batches - 1 })
    if (done.kind === 'ended') return done
    if (workflowInfo().continueAsNewSuggested && batch + 1 < batches) return goOn(ref, { pages, ocrBatches, batch: batch + 1 })
  }
  if (end < batches) return goOn(ref, { pages, ocrBatches, batch: end })
  return { kind: 'ended', state: 'ready', reason: null }
}

const goOn = (ref: ProcessingRef, position: Position): Promise<never> => continueAsNew<typeof documentProcessing>({ ...ref, position })

async function recognize(ref: ProcessingRef, todo: { pages: number; batches: number[] }): Promise<RunEnd | null> {
  let next = 0
  let stopped: RunEnd | null = null
  const lane = async (): Promise<void> => {
    while (next < todo.batches.length && stopped === null) {
      const range = rangeOf(todo.batches[next++] ?? 0, todo.pages)
      setCurrentDetails(`Reading pixels: pages ${range.from}–${range.to} of ${todo.pages}`)
      const done = await ocrStep(range).ocr(ref, range)
      if (done.kind === 'ended') stopped ??= done
    }
  }
  await Promise.all(Array.from({ length: Math.min(OCR_AT_ONCE, todo.batches.length) }, lane))
  return stopped
}
