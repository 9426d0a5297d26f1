import type { ErrorCode, RunState, UserId, Verdict } from '@intellidocs/contracts'
import type { TaskRow } from './runs.types.ts'

/** Somebody who wants to decide a task, and what there is to decide. */
export type Attempt = {
  readonly userId: UserId
  readonly contentSha256: string
  readonly secondFactor: boolean
  /** Whether they are a member whose role decides and to whom the document is shown, now. */
  readonly canDecide: boolean
  /** Who may not, under four eyes (`HeldRun`). */
  readonly barred: ReadonlySet<UserId>
  readonly task: Pick<TaskRow, 'state' | 'assigneeId' | 'contentSha256' | 'decision' | 'endedAt'>
  readonly run: { readonly endedAt: Date | null; readonly state: RunState }
  readonly document: { readonly sha256: string; readonly version: number }
  readonly flow: { readonly secondFactor: boolean }
  /** They asked after the deadline that ends the stage, which nobody has come to end yet. */
  readonly tooLate: boolean
}
export type Refusal = { readonly code: ErrorCode; readonly details?: Record<string, unknown> }

/** Who decided, how and when: what the losers of a race are told. */
const decidedBy = ({ assigneeId, decision, endedAt }: Attempt['task']): { decidedBy: UserId; verdict: Verdict | null; at: string | null } =>
  ({ decidedBy: assigneeId, verdict: decision, at: endedAt?.toISOString() ?? null })

/** Why a decision cannot be; null when it can. What is over is told before what is wrong with it. */
export function refusalOf({ userId, contentSha256, secondFactor, canDecide, barred, task, run, document, flow, tooLate }: Attempt): Refusal | null {
  if (!canDecide) return { code: 'task.not_found' }
  if (task.assigneeId !== userId) return { code: 'auth.forbidden' }
  if (task.state === 'decided') return { code: 'task.decided', details: decidedBy(task) }
  if (run.endedAt !== null) return { code: 'run.over', details: { state: run.state } }
  if (task.state === 'closed' || tooLate) return { code: 'task.closed' }
  if (barred.has(userId)) return { code: 'task.requester' }
  if (flow.secondFactor && !secondFactor) return { code: 'task.second_factor' }
  const stale = contentSha256 !== task.contentSha256 || contentSha256 !== document.sha256
  return stale ? { code: 'task.stale', details: { contentSha256: document.sha256, version: document.version } } : null
}
