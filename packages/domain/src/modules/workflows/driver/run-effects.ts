import type { FlowEffect } from '@intellidocs/contracts'
import { AppError, atWrite, systemActor, type Actor, type Tx } from '@intellidocs/kernel'
import { effectsDone, noteEffect } from '../effects.repository.ts'
import { hasBegun } from '../runs.repository.ts'
import type { RunKey } from '../runs.types.ts'
import { startRunOf } from '../use-cases/start-run.ts'
import type { WorkflowsDeps } from '../workflows.deps.ts'
import { effectsOf } from './close.ts'
import { ofRun, tell } from './events.ts'
import { holdRun, type Work } from './work.ts'

type Todo = { readonly effect: FlowEffect; readonly ordinal: number; readonly work: Omit<Work, 'tx' | 'actor' | 'deps'>; readonly deps: WorkflowsDeps; readonly key: RunKey }

/**
 * Does what the end of a run does, one after the other: what was done is noted with its number, and not done again. An effect that cannot be, for its publisher may not do it,
 * it makes no sense any more, or the document has other bytes than those that the outcome is about, is noted with the code of the error and not tried again; whatever else goes
 * wrong is thrown, and the next call goes on from there.
 */
export async function runEffects(deps: WorkflowsDeps, key: RunKey): Promise<void> {
  const held = await deps.runInTx(systemActor(key.orgId, key.runId), async (tx) => {
    const found = await holdRun(deps, tx, key)
    return found === null ? null : { ...found, done: await effectsDone(tx, key) }
  })
  if (held === null || held.run.effectsLeft === 0) return
  const { run, done } = held
  for (const [ordinal, effect] of effectsOf(run.spec, run.state).entries()) {
    if (!done.has(ordinal)) await atWrite('effect', () => once({ effect, ordinal, work: held, deps, key }))
  }
}

async function once(todo: Todo): Promise<void> {
  const { effect, deps, key, ordinal } = todo
  if (effect.do === 'hook') return askHook(todo, effect.name)
  const actor = systemActor(key.orgId, key.runId)
  const stale = await deps.runInTx(actor, (tx) => isStale(todo, tx), { readOnly: true })
  const fault = stale ? STALE : await faultOf(() => perform(todo))
  await deps.runInTx(actor, (tx) => noteEffect(tx, key, { ordinal, fault }))
}

const STALE = 'document.stale'

/** Whether the document has other bytes by now. Of a run that ended before they were kept nothing is known. */
async function isStale({ deps, key, work: { run } }: Todo, tx: Tx, hold = false): Promise<boolean> {
  const document = await deps.documents.facts.inTx(tx, systemActor(key.orgId, key.runId), { id: key.documentId, hold })
  return document !== null && run.finalSha256 !== null && document.sha256 !== run.finalSha256
}

async function faultOf(work: () => Promise<unknown>): Promise<string | null> {
  try {
    await work()
    return null
  } catch (error) {
    if (error instanceof AppError && error.code !== STALE && error.code !== 'service.unavailable') return error.code
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
    case 'start': return startNext(deps, actor, { flowId: effect.flowId, documentId: id, requesterId: run.requesterId, cause: `effect:${key.runId}:${ordinal}` })
    case 'hook': return undefined
  }
}

/** @throws AppError as `startRunOf`, and run.open: another run of that flow is open on the document, so that none began */
async function startNext(deps: WorkflowsDeps, actor: Actor, start: Parameters<typeof startRunOf>[2]): Promise<void> {
  if (await startRunOf(deps, actor, start) !== null) return
  const { flowId, cause } = start
  if (!await deps.runInTx(actor, (tx) => hasBegun(tx, { orgId: actor.orgId, flowId, cause }), { readOnly: true })) throw new AppError('run.open')
}

async function changeTags({ documents }: WorkflowsDeps, actor: Actor, { id, add, remove }: { id: RunKey['documentId']; add: readonly string[]; remove: readonly string[] }): Promise<void> {
  if (add.length > 0) await documents.tags.add(actor, { id, tags: add })
  if (remove.length > 0) await documents.tags.remove(actor, { id, tags: remove })
}

/** Event and note in one transaction, so that programs hear of it once. */
async function askHook(todo: Todo, name: string): Promise<void> {
  const { deps, key, ordinal, work: { run } } = todo
  const bytes = run.finalSha256 === null ? {} : { version: run.version, contentSha256: run.finalSha256 }
  const actor = systemActor(key.orgId, key.runId)
  await deps.runInTx(actor, async (tx) => {
    const fault = await isStale(todo, tx, true) ? STALE : null
    if (!await noteEffect(tx, key, { ordinal, fault }) || fault !== null) return
    await tell({ deps, tx, actor, run }, { type: 'workflows.hook-asked.v1', payload: { ...ofRun({ run }), name, ...bytes } }, { ordinal })
  })
}
