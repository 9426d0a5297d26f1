import type { FlowStage } from '@intellidocs/contracts'
import { systemActor, type Actor, type Tx } from '@intellidocs/kernel'
import type { FactsOfDocument } from '../../documents/index.ts'
import { placedStages } from '../engine/stages.ts'
import type { Facts, Step, Task } from '../engine/types.ts'
import { lockRun, makersOf } from '../runs.repository.ts'
import type { HeldRun, RunKey, StepRow, TaskRow } from '../runs.types.ts'
import type { WorkflowsDeps } from '../workflows.deps.ts'

/** One transaction at work on one run. */
export type Work = HeldRun & { readonly deps: WorkflowsDeps; readonly tx: Tx; readonly actor: Actor }

/** Holds a run and, before it, its document. Null: it went with its document. */
export async function holdRun(deps: WorkflowsDeps, tx: Tx, { orgId, runId, documentId }: RunKey): Promise<HeldRun | null> {
  // Of any document: who may do what was looked at before, and the run goes on whoever acts.
  const document = await deps.documents.facts.inTx(tx, systemActor(orgId, runId), { id: documentId, hold: true })
  if (document === null) return null
  const run = await lockRun(tx, { orgId, runId })
  if (run?.documentId !== documentId) return null
  const barred = run.spec.fourEyes ? [run.requesterId, ...await makersOf(tx, { orgId, documentId }, document.sha256)] : []
  return { run, document, barred: new Set(barred), at: deps.clock.now() }
}

/** Whether its current version is still being read: what conditions ask of it is not known before. */
export const isUnread = ({ state }: Pick<FactsOfDocument, 'state'>): boolean => state === 'queued' || state === 'processing'

/** As conditions ask of it. */
export const factsOf = ({ name, mime, pages, size, language, folderId, tags, metadata }: FactsOfDocument): Facts =>
  ({ name, type: mime, pages, size, language, folderId, tags, metadata })

export const asTask = ({ state, decision }: Pick<TaskRow, 'state' | 'decision'>): Task =>
  (state === 'decided' && decision !== null ? { state, verdict: decision } : { state: state === 'open' ? 'open' : 'closed' })

export const stepOf = ({ stage, round, state, counts, openedAt, contentSha256 }: StepRow): Step =>
  ({ stage, round, state, counts, openedAt: openedAt.getTime(), contentSha256 })

export function stageOf({ run }: Pick<HeldRun, 'run'>, key: string): FlowStage {
  const found = placedStages(run.spec).find(({ stage }) => stage.key === key)
  if (found === undefined) throw new Error(`version ${run.flowVersion} of flow ${run.flowId} has no stage ${key}`)
  return found.stage
}
