import { z } from 'zod'

export const verdicts = ['approve', 'reject'] as const
export const verdict = z.enum(verdicts)
export type Verdict = z.infer<typeof verdict>

/** `queued` until its run on Temporal has begun; `waiting` for another version of the document. The others are ends. */
export const runStates = ['queued', 'running', 'waiting', 'approved', 'rejected', 'expired', 'withdrawn', 'cancelled', 'failed'] as const
export const runState = z.enum(runStates)
export type RunState = z.infer<typeof runState>
/** `cancelled`: its document is gone, or the flow can go on in no way. */
export const runOutcome = z.enum(['approved', 'rejected', 'expired', 'withdrawn', 'cancelled', 'failed'])
export type RunOutcome = z.infer<typeof runOutcome>

/** Why somebody has a task: the stage asks them, or it came to them. `again`: the document has changed since they were asked. */
export const reasonsForTask = z.enum(['asked', 'delegated', 'reassigned', 'escalated', 'moved', 'again'])
/** Why a task needs no answer any more: its stage is decided, the document changed, it went to somebody else, its run is over. */
export const taskEnds = z.enum(['stage', 'stale', 'moved', 'run'])
export type ReasonForTask = z.infer<typeof reasonsForTask>
export type TaskEnd = z.infer<typeof taskEnds>
