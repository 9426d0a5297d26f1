import type { ActivityDeps, ProcessingActivities } from '@intellidocs/domain/documents/temporal'
import { ExtractionError } from '@intellidocs/extraction'
import type { Metrics, SpanAttributes, Tracing } from '@intellidocs/kernel'

export type Observed = { readonly metrics: Metrics; readonly tracing: Tracing }
type Extraction = ActivityDeps['extraction']
type Stage = keyof ProcessingActivities

/** Seconds; a stage of a long scan takes minutes. */
const STAGE_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300, 1800]

/** Times each activity by how it ended, and puts it into the trace that asked for the run: Temporal carries the trace as an argument. */
export function observeActivities(activities: ProcessingActivities, { metrics, tracing }: Observed): ProcessingActivities {
  const seconds = metrics.histogram<'stage' | 'outcome'>({
    name: 'intellidocs_processing_stage_seconds', labels: ['stage', 'outcome'], buckets: STAGE_BUCKETS,
    help: 'Time of an activity: done, ended (the version came to its end here), or error (tried again, or cancelled)',
  })
  type Of = { readonly trace?: string; readonly attributes: SpanAttributes }
  const observe = async <T extends { kind: string }>(stage: Stage, of: Of, work: () => Promise<T>): Promise<T> => {
    const started = performance.now()
    let outcome = 'error'
    try {
      const result = await tracing.span(`activity ${stage}`, { kind: 'consumer', parent: of.trace ?? null, attributes: of.attributes }, work)
      outcome = result.kind === 'ended' && stage !== 'settle' ? 'ended' : 'done'
      return result
    } finally {
      seconds.observe({ stage, outcome }, (performance.now() - started) / 1000)
    }
  }
  const about = (ref: { trace?: string; versionId: string; attempt: number }, more: SpanAttributes = {}) =>
    ({ ...(ref.trace === undefined ? {} : { trace: ref.trace }), attributes: { version: ref.versionId, attempt: ref.attempt, ...more } })
  return {
    scan: (ref) => observe('scan', about(ref), () => activities.scan(ref)),
    read: (ref) => observe('read', about(ref), () => activities.read(ref)),
    ocr: (ref, range) => observe('ocr', about(ref, { from: range.from, to: range.to }), () => activities.ocr(ref, range)),
    index: (ref, batch) => observe('index', about(ref, { from: batch.from, to: batch.to }), () => activities.index(ref, batch)),
    settle: (ref, ending) => observe('settle', about(ref, { ending }), () => activities.settle(ref, ending)),
  }
}

/** Counts the processes that are started to read files; few files to a process mean that readers keep being ended. */
export function countReaders(metrics: Metrics): () => void {
  const started = metrics.counter({ name: 'intellidocs_sandbox_readers_started_total', help: 'Processes started to read files; each reads many' })
  return () => started.inc()
}

/** Counts the jobs given to sandboxed children by how they ended, a limit crossed included, and the pages that came of them. */
export function observeExtraction(extraction: Extraction, { metrics, tracing }: Observed): Extraction {
  const jobs = metrics.counter<'job' | 'outcome'>({
    name: 'intellidocs_sandbox_jobs_total', labels: ['job', 'outcome'],
    help: 'Jobs of sandboxed children: done, or the reason for which they were ended (cpu_limit, memory_limit, cancelled, …)',
  })
  const running = metrics.gauge<'job'>({ name: 'intellidocs_sandbox_running', labels: ['job'], help: 'Jobs that a sandboxed child is working on' })
  const pages = metrics.counter<'source'>({ name: 'intellidocs_pages_read_total', labels: ['source'], help: 'Pages read, from text or from pixels' })
  const run = async <T>(job: 'read' | 'ocr', work: () => Promise<T>): Promise<T> => {
    running.inc({ job })
    let outcome = 'error'
    try {
      const result = await tracing.span(`sandbox ${job}`, {}, work)
      outcome = 'done'
      return result
    } catch (error) {
      if (error instanceof ExtractionError) outcome = error.reason
      throw error
    } finally {
      running.dec({ job })
      jobs.inc({ job, outcome })
    }
  }
  return {
    ...extraction,
    readDocument: async (input) => {
      const result = await run('read', () => extraction.readDocument(input))
      pages.inc({ source: 'text' }, result.pages.filter((page) => !page.needsOcr).length)
      return result
    },
    ocrPages: (input) => run('ocr', () => extraction.ocrPages({
      ...input,
      onPage: (page) => {
        pages.inc({ source: 'ocr' })
        input.onPage(page)
      },
    })),
  }
}
