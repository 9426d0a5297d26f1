import type { FlowEffect } from '@intellidocs/contracts'
import { AppError, atWrite, systemActor, type Actor } from '@intellidocs/kernel'
import { effectsDone, noteEffect } from '../effects.repository.ts'
import type { RunKey } from '../runs.types.ts'
import { startRunOf } from '../use-cases/start-run.ts'
import type { WorkflowsDeps } from '../workflows.deps.ts'
import { ofRun, tell } from './events.ts'
import { holdRun, type Work } from './work.ts'

type Todo = { readonly effect: FlowEffect; readonly ordinal: number; readonly work: Omit<Work, 'tx' | 'actor' | 'deps'>; readonly deps: WorkflowsDeps; readonly key: RunKey }

/**
 * Does what the end of a run does, one after the other, each once: what was done is noted with its number. An effect that cannot be, for its publisher may not do it or it
 * makes no sense any more, is noted with the code of the error and not tried again; whatever else goes wrong is thrown, and the next call goes on from there.
 */
export async function runEffects(deps: WorkflowsDeps, key: RunKey): Promise<void> {
  const held = await deps.runInTx(systemActor(key.orgId, key.runId), async (tx) => {
    const found = await holdRun(deps, tx, key)
    return found === null ? null : { ...found, done: await effectsDone(tx, key) }
  })
  if (held === null || held.run.effectsLeft === 0) return
  const { run, done } = held
  const all = run.state === 'approved' || run.state === 'rejected' || run.state === 'expired' ? run.spec.effects[run.state] : []
  for (const [ordinal, effect] of all.entries()) {
    if (!done.has(ordinal)) await atWrite('effect', () => once({ effect, ordinal, work: held, deps, key }))
  }
}

async function once(todo: Todo): Promise<void> {
  const { effect, deps, key, ordinal } = todo
  if (effect.do === 'hook') return askHook(todo, effect.name)
  const fault = await faultOf(() => perform(todo))
  await deps.runInTx(systemActor(key.orgId, key.runId), (tx) => noteEffect(tx, key, { ordinal, fault }))
}

async function faultOf(work: () => Promise<unknown>): Promise<string | null> {
  try {
    await work()
    return null
  } catch (error) {
    if (error instanceof AppError && error.code !== 'document.stale' && error.code !== 'service.unavailable') return error.code
    throw error
  }
}

/** With the rights of whoever published the flow, as they are now. */
async function perform({ effect, ordinal, work: { run }, deps, key }: Todo): Promise<unknown> {
  const actor = await deps.users.actorOf({ orgId: key.orgId, userId: run.publishedBy, requestId: `${key.runId}:${ordinal}` })
  if (actor === null) throw new AppError('auth.forbidden')
  const id = key.documentId
  switch (effect.do) {
    case 'move': return deps.documents.move(actor, { id, folderId: effect.folderId })
    case 'tag': return changeTags(deps, actor, { id, ...effect })
    case 'set': return deps.documents.setMetadata(actor, { id, metadata: effect.metadata })
    case 'share': return deps.documents.grants.set(actor, { documentId: id, principal: effect.with, level: effect.level })
    case 'start': return startRunOf(deps, actor, { flowId: effect.flowId, documentId: id, requesterId: run.requesterId, cause: `effect:${key.runId}:${ordinal}` })
    case 'hook': return undefined
  }
}

async function changeTags({ documents }: WorkflowsDeps, actor: Actor, { id, add, remove }: { id: RunKey['documentId']; add: readonly string[]; remove: readonly string[] }): Promise<void> {
  if (add.length > 0) await documents.tags.add(actor, { id, tags: add })
  if (remove.length > 0) await documents.tags.remove(actor, { id, tags: remove })
}

/** Event and note in one transaction, so that programs hear of it once. */
async function askHook({ deps, key, ordinal, work }: Todo, name: string): Promise<void> {
  const actor = systemActor(key.orgId, key.runId)
  await deps.runInTx(actor, async (tx) => {
    if (!await noteEffect(tx, key, { ordinal, fault: null })) return
    await tell({ deps, tx, actor, run: work.run }, { type: 'workflows.hook-asked.v1', payload: { ...ofRun(work), name } }, { ordinal })
  })
}
