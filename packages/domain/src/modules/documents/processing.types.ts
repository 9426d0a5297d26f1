import type { DocumentId, OrgId, RunRef, ScanState, VersionId } from '@intellidocs/contracts'

/** One processing run: the version, and the attempt that fences it. Ids only; this is what travels through Temporal. */
export type ProcessingRef = {
  readonly orgId: OrgId
  readonly documentId: DocumentId
  readonly versionId: VersionId
  readonly attempt: number
  /** The trace that asked for the run, as a W3C `traceparent`; absent while nothing is traced. */
  readonly trace?: string
}

/** What the operator reads in Temporal's UI beside a run, encrypted on the way like every payload, and whether it begins by looking for viruses. */
export type ProcessingStart = { readonly name: string; readonly versionNumber: number; readonly size: number; readonly scan?: ScanState }

export type RunStatus = 'open' | 'absent' | 'failed' | 'closed'

/** How the module reaches Temporal. Only the worker has one; in other processes subscribers never run. */
export type ProcessingGateway = {
  /** How many runs this process means to keep going at a time. */
  readonly runsAtOnce: number
  /** Starts the run; one that is already started (open or closed) counts as success. */
  start(ref: ProcessingRef, of: ProcessingStart): Promise<void>
  /** Asks the run to stop; a run that is over or was never started counts as success. */
  cancel(run: RunRef): Promise<void>
  /** `failed` is a run that ended without having settled its row; `closed` any other end. */
  status(run: RunRef): Promise<RunStatus>
  /** The runs of all organizations that are open and were started before `startedBefore`, some hundreds at a time. Lags by a second or so. */
  openRuns(startedBefore: Date): AsyncIterable<RunRef[]>
}

export const taskQueues = { flow: 'flow', ocr: 'ocr', index: 'index' } as const
