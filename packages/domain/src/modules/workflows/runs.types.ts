import type { DocumentId, FlowId, FlowRunId, FlowSpec, FlowTaskId, OrgId, ReasonForTask, RunOutcome, RunReason, RunState, TaskEnd, UserId, Verdict } from '@intellidocs/contracts'
import type { FactsOfDocument } from '../documents/index.ts'
import type { StepState } from './engine/types.ts'

/** One run. Ids only; this is what travels through Temporal. */
export type RunKey = { readonly orgId: OrgId; readonly runId: FlowRunId; readonly documentId: DocumentId }
/** What somebody asked to have recorded, by the id of its row. */
export type DecisionKey = { readonly decisionId: string; readonly taskId: FlowTaskId }

export const flowRunId = (runId: FlowRunId): string => `approval/${runId}`

/** What `flowRunId` made the id of; null for any other id. */
export const flowRunOf = (id: string): FlowRunId | null => (/^approval\/([0-9a-f-]{36})$/.exec(id)?.[1] ?? null) as FlowRunId | null

export type RunRow = {
  id: FlowRunId; orgId: OrgId; flowId: FlowId; flowVersion: number; documentId: DocumentId; version: number
  state: RunState; reason: RunReason | null; requesterId: UserId; note: string | null
  createdAt: Date; endedAt: Date | null; endedBy: UserId | null; effectsLeft: number
  /** The bytes that the outcome is about; null before the end, and of runs that ended before this was kept. */
  finalSha256: string | null
}
/** With the definition that it goes by, and whose rights its effects have. */
export type DrivenRun = RunRow & { spec: FlowSpec; publishedBy: UserId }

export type StepRow = {
  id: string; stage: string; round: number; state: StepState; counts: boolean; contentSha256: string
  openedAt: Date; closedAt: Date | null; dueAt: Date | null; remindedAt: Date | null; escalated: number[]
}

export type TaskRow = {
  id: FlowTaskId; runId: FlowRunId; stepId: string; assigneeId: UserId; why: ReasonForTask; forId: UserId | null; byId: UserId | null; note: string | null
  version: number; contentSha256: string; state: 'open' | 'decided' | 'closed'; closedWhy: TaskEnd | null; createdAt: Date; dueAt: Date | null; endedAt: Date | null
  decision: Verdict | null; decisionId: string | null; comment: string | null; secondFactor: boolean | null
}

/**
 * A run while one transaction holds it and its document: nobody else decides, moves or ends anything of it. `barred`: who may not decide, under four eyes: whoever asked, and
 * whoever made a version of the document with the bytes that it has now. Nobody without four eyes.
 */
export type HeldRun = { readonly run: DrivenRun; readonly document: FactsOfDocument; readonly barred: ReadonlySet<UserId>; readonly at: Date }

/**
/**
 * Of a run that goes on: when to look again although nothing happened, in milliseconds since 1970 by the worker's clock, and how long that is from now, some seconds at least;
 * null: when something happens. Who waits goes by `inMs`, as another clock may be ahead. `over`: nothing is left to drive. `state`: that of its row, for operators.
 * `settled`: nothing that its end does is left to do. `inMs`, `state` and `settled` are absent in what was recorded before there were any.
 */
export type Progress = ({ readonly kind: 'going'; readonly nextAt: number | null; readonly inMs?: number | null } | { readonly kind: 'over'; readonly settled?: boolean })
  & { readonly state?: RunState }

/** `settled`: the request has its answer, and these tasks are open no more. `moved`: its stage is over, so there is something to do. */
export type Recorded = { readonly settled: readonly FlowTaskId[]; readonly moved: boolean }

/** `about`: the bytes that the outcome is about; those of the document as it is now where nothing is said. */
export type Ending = {
  readonly outcome: RunOutcome; readonly reason: RunReason; readonly by?: UserId; readonly about?: { readonly version: number; readonly sha256: string }
}

/** Of what Temporal was asked to record. `seen`: the run looked at the request. `absent`: it knows no such open run. `unknown`: no answer in time. */
export type Asked = 'seen' | 'absent' | 'unknown'

/** How decisions reach Temporal. Every call ends within its deadline, and Temporal that is away is an answer and no failure. */
export type DecisionsGateway = {
  /** Asks the run to record a decision, by the id of its row: asked twice is asked once. */
  decide(run: RunKey, decision: DecisionKey): Promise<Asked>
  /** Starts the run on Temporal where it is not; somebody else does when Temporal cannot be reached. */
  begin(run: RunKey): Promise<void>
}

/** How the worker reaches Temporal. Every call ends within 10 s, so that a delivery's lease is not outlived. */
export type RunsGateway = DecisionsGateway & {
  /** Starts the run on Temporal, or has the one that is there look again. */
  stir(run: RunKey): Promise<void>
  /** Has a run look again that is open on Temporal; nothing where none is. */
  nudge(runId: FlowRunId): Promise<void>
  /** Runs that are open on Temporal, some hundreds at a time; of one document where it is named. Lags by a second or so. */
  openRuns(of: { readonly documentId?: DocumentId; readonly startedBefore?: Date }): AsyncIterable<FlowRunId[]>
  /** Whether Temporal knows it as open. */
  isOpen(runId: FlowRunId): Promise<boolean>
}
