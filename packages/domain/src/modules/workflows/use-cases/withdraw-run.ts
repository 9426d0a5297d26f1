import type { FlowRunId, Run } from '@intellidocs/contracts'
import { AppError, newId, systemActor, type Actor } from '@intellidocs/kernel'
import { endRun } from '../driver/close.ts'
import { holdRun } from '../driver/work.ts'
import { loadRun } from '../load-run.ts'
import type { RunKey } from '../runs.types.ts'
import type { WorkflowsDeps } from '../workflows.deps.ts'
import { addComment } from './comment-run.ts'

/**
 * By whoever asked for it, or manages flows; nothing of it is open from here on, whatever Temporal knows. Withdrawn already is success.
 * @throws AppError run.not_found, auth.forbidden, run.over (it ended otherwise)
 */
export function withdrawRun(deps: WorkflowsDeps, actor: Actor, input: { id: FlowRunId; reason?: string | undefined }): Promise<Run> {
  return deps.runInTx(actor, async (tx) => {
    const run = await loadRun(tx, actor, input.id)
    if (run.requesterId !== actor.userId && !actor.permissions.has('flows:manage')) throw new AppError('auth.forbidden')
    const held = await holdRun(deps, tx, { orgId: actor.orgId, runId: run.id, documentId: run.documentId })
    if (held === null) throw new AppError('run.not_found')
    if (held.run.state === 'withdrawn') return run
    if (!await endRun({ ...held, deps, tx, actor }, { outcome: 'withdrawn', reason: 'withdrawn', by: actor.userId })) {
      throw new AppError('run.over', { details: { state: held.run.state } })
    }
    if (input.reason !== undefined) await addComment(deps, tx, { actor, id: run.id, text: input.reason, mentions: [], attachments: [] })
    return loadRun(tx, actor, run.id)
  })
}

/** By an administrator of the installation, who sees nothing of it; as the product. False: it is over, or gone with its document. */
export function withdrawAsInstallation(deps: WorkflowsDeps, key: RunKey): Promise<boolean> {
  const actor = systemActor(key.orgId, newId())
  return deps.runInTx(actor, async (tx) => {
    const held = await holdRun(deps, tx, key)
    return held !== null && endRun({ ...held, deps, tx, actor }, { outcome: 'withdrawn', reason: 'withdrawn', by: actor.userId })
  })
}
