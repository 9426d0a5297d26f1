import type { Assignee, Duration, FieldValue, FlowId, FlowSpec, FlowStage, FolderId, GroupId, UserId, Verdict } from '@intellidocs/contracts'

/** What conditions may ask of a document: of its current version, as it is now. `size` in bytes; null where it is not known (yet). */
export type Facts = {
  readonly name: string
  /** As the bytes say, such as `application/pdf`. */
  readonly type: string | null
  readonly pages: number | null
  readonly size: number | null
  readonly language: string | null
  readonly folderId: FolderId | null
  readonly tags: readonly string[]
  readonly metadata: Readonly<Record<string, FieldValue>>
}

/** `rejected` and `expired` also by the end of the deadline; `stale`: ended undecided, because it does not count any more; `skipped`: its condition did not hold. */
export type StepState = 'open' | 'approved' | 'rejected' | 'expired' | 'stale' | 'skipped'

export type StageRef = { readonly stage: string; readonly round: number }

/** A stage in a round: a row, unique by run, stage and round. A state other than `open` is final. Moments are milliseconds since 1970. */
export type Step = StageRef & {
  readonly state: StepState
  /** False once it was begun anew, or what was decided is about other bytes: its outcome stays in the history, and decides nothing any more. Never true again. */
  readonly counts: boolean
  readonly openedAt: number
  /** The bytes it is about: those of the version that was current when it was opened, or to which `keep` has moved it. */
  readonly contentSha256: string
}

/** Of a run, beside its steps: the bytes of the document's current version. */
export type RunView = { readonly contentSha256: string }

/**
 * What is next. `go` is written in one transaction: each step of `void` stops counting (and becomes `stale` if it is open: its tasks are closed), `skip` become
 * steps that are `skipped`, `open` become open steps; then ask again. `wait`: for decisions, or the deadline. `waitForVersion`: `by` wants other bytes; beside it other stages may be open.
 */
export type Move =
  | { readonly kind: 'go'; readonly open: readonly Opening[]; readonly skip: readonly StageRef[]; readonly void: readonly StageRef[] }
  | { readonly kind: 'wait' }
  | { readonly kind: 'waitForVersion'; readonly by: StageRef }
  | { readonly kind: 'end'; readonly outcome: EngineOutcome; /** The step that decided it; null when all are through. */ readonly by: StageRef | null }
/** `again`: the round of this stage whose people are asked again, as the document has changed since; null: `ask` is resolved anew. */
export type Opening = StageRef & { readonly again: number | null }
export type EngineOutcome = 'approved' | 'rejected' | 'expired'

/** What another version of the document does to the steps that count. Written in one transaction; then `advance`. */
export type VersionEffect = {
  readonly restart: boolean
  /** Stop counting; open ones become `stale`. The next round of a stage asks the people of its last one again. */
  readonly void: readonly StageRef[]
  /** Their open tasks are moved to the new bytes, and the step's `contentSha256`; what was decided stands. */
  readonly keep: readonly StageRef[]
}

/** A task as its rule counts it. `closed`: moved to somebody else, or dropped; the person does not count any more. */
export type Task = { readonly state: 'open' | 'closed' } | { readonly state: 'decided'; readonly verdict: Verdict }
export type RuleOutcome = 'open' | 'approved' | 'rejected'

/** Of a stage: its moments, ascending, in milliseconds since 1970. */
export type Timetable = {
  readonly dueAt: number | null
  /** What the end of the deadline does; null for nothing. */
  readonly atDeadline: 'expire' | 'reject' | null
  readonly reminders: readonly number[]
  /** `index` in the stage's `escalation`. */
  readonly escalations: readonly { readonly at: number; readonly index: number }[]
}
/** What was done of a timetable: reminders up to and with that moment, escalations by index. */
export type Done = { readonly remindedUntil: number | null; readonly escalated: readonly number[] }
/** Something to do at `at`, or at once if that is past. `until`: what `remindedUntil` is to be after it; one reminder stands for all that are overdue. */
export type Moment =
  | { readonly kind: 'deadline'; readonly at: number; readonly does: 'expire' | 'reject' }
  | { readonly kind: 'escalate'; readonly at: number; readonly index: number }
  | { readonly kind: 'remind'; readonly at: number; readonly until: number; readonly overdue: boolean }

/** What `checkSpec` needs to know: all of the organization, and only what its author may see. */
export type SpecFacts = {
  /** The flow itself; null while it has no id. */
  readonly self: FlowId | null
  /** Active members, and those of them whose role lets them read documents and decide. */
  readonly users: ReadonlySet<UserId>
  readonly deciders: ReadonlySet<UserId>
  /** Those who decide, by group and by built-in role. */
  readonly groups: ReadonlyMap<GroupId, ReadonlySet<UserId>>
  readonly roles: ReadonlyMap<string, ReadonlySet<UserId>>
  readonly folders: ReadonlySet<FolderId>
  /** Published flows that are not archived, and which others each starts. */
  readonly flows: ReadonlyMap<FlowId, readonly FlowId[]>
  /** Fields that some document has; null: not known, and not checked. */
  readonly fields: ReadonlySet<string> | null
}

export type SimulationInput = {
  readonly spec: FlowSpec
  readonly facts: Facts
  readonly startedAt: number
  /** Whom an assignee is, in that order; nobody twice. */
  readonly resolve: (assignee: Assignee) => readonly UserId[]
  /** Who starts it: asked nowhere under four eyes. */
  readonly requesterId: UserId
  readonly answers: readonly SimulatedAnswer[]
}
/** How people answer. The first that fits a task counts; whom none fits approves at once. `verdict` null: never answers. */
export type SimulatedAnswer = {
  readonly stage?: string | undefined; readonly round?: number | undefined; readonly userId?: UserId | undefined
  readonly verdict: Verdict | null; readonly after?: Duration | undefined
}
/** `moved`: in place of somebody who cannot be asked, or where there is nobody else. */
export type SimulatedReason = 'asked' | 'escalated' | 'moved'
export type SimulatedStep = StageRef & {
  readonly name: string
  readonly state: StepState
  readonly openedAt: number
  readonly closedAt: number | null
  readonly dueAt: number | null
  readonly asked: readonly { readonly userId: UserId; readonly at: number; readonly why: SimulatedReason; readonly verdict: Verdict | null; readonly decidedAt: number | null }[]
  readonly reminders: readonly number[]
}
/**
 * `stuck`: nobody can be asked at a stage. `waiting`: for people who never answer, without a deadline that ends it. `version`: for another version.
 * `cut`: too large to be played to its end.
 */
export type Simulation = {
  readonly steps: readonly SimulatedStep[]
  readonly outcome: EngineOutcome | 'waiting' | 'version' | 'stuck' | 'cut'
  readonly endedAt: number | null
}

/** A stage with its place in the definition, such as `stages.1` or `stages.2.parallel.0.stages.1`. `branch`: null when it stands alone. */
export type PlacedStage = { readonly stage: FlowStage; readonly path: string; readonly item: number; readonly branch: number | null }
