import type { Hold, HoldId, HoldSelection, Page } from '@intellidocs/contracts'
import { AppError, newId, positionedPage, windowOf, type Actor, type PageInput, type Tx } from '@intellidocs/kernel'
import type { StoredHold } from './holds.repository.ts'
import type { RetentionDeps } from './retention.deps.ts'
import { mayRelease } from './retention.policy.ts'

/** Legal holds of the actor's organization. */
export type HoldsService = {
  /**
   * Stands from its commit on: a deletion that began before is waited for, one that comes later is refused. What it names must be shown to the actor;
   * what it comes to be on need not be. @throws AppError document.not_found, folder.not_found, member.not_found, org.not_found (it is being deleted)
   */
  place(actor: Actor, input: { name: string; reason: string; on: HoldSelection }): Promise<Hold>
  list(actor: Actor, input: PageInput & { state?: 'standing' | 'released' | undefined }): Promise<Page<Hold>>
  /** For good, and in person. @throws AppError hold.not_found, hold.released, auth.session_required */
  release(actor: Actor, input: { id: HoldId; reason: string }): Promise<Hold>
}

const show = ({ id, name, reason, on, placedBy, placedAt, released }: StoredHold): Hold => ({
  id, name, reason, on, placedBy, placedAt: placedAt.toISOString(),
  released: released === null ? null : { by: released.by, at: released.at.toISOString(), reason: released.reason },
})

async function mustBeShown({ holds }: RetentionDeps, tx: Tx, { actor, on }: { actor: Actor; on: HoldSelection }): Promise<void> {
  if ('documents' in on) {
    const ids = [...new Set(on.documents)]
    if (await holds.shownDocuments(tx, actor, ids) !== ids.length) throw new AppError('document.not_found')
  } else if ('folderId' in on) {
    if (!await holds.isShownFolder(tx, actor, on.folderId)) throw new AppError('folder.not_found')
  } else if ('ownerId' in on) {
    if (!await holds.isMember(tx, actor.orgId, on.ownerId)) throw new AppError('member.not_found')
  }
}

async function loaded({ holds }: RetentionDeps, tx: Tx, { actor, id }: { actor: Actor; id: HoldId }): Promise<StoredHold> {
  const hold = await holds.find(tx, { orgId: actor.orgId, id })
  if (hold === null) throw new AppError('hold.not_found')
  return hold
}

function place(deps: RetentionDeps, actor: Actor, { name, reason, on }: { name: string; reason: string; on: HoldSelection }): Promise<Hold> {
  return deps.runInTx(actor, async (tx) => {
    await deps.holds.stopDeletions(tx, actor.orgId)
    // Where the end of the organization was first, nobody could release the hold that its purge would wait for.
    if (!await deps.holds.isOpen(tx, actor.orgId)) throw new AppError('org.not_found')
    await mustBeShown(deps, tx, { actor, on })
    const id = newId() as HoldId
    await deps.holds.insert(tx, actor.orgId, { id, name, reason, on, by: actor.userId, at: deps.clock.now() })
    await deps.outbox.append(tx, actor, {
      type: 'retention.hold-placed.v1', payload: { holdId: id },
      audit: { subjectType: 'hold', subjectId: id, data: { before: null, after: { name, reason, on } } },
    })
    return show(await loaded(deps, tx, { actor, id }))
  })
}

function release(deps: RetentionDeps, actor: Actor, { id, reason }: { id: HoldId; reason: string }): Promise<Hold> {
  if (!mayRelease(actor)) return Promise.reject(new AppError('auth.session_required'))
  return deps.runInTx(actor, async (tx) => {
    const { name } = await loaded(deps, tx, { actor, id })
    const changed = await deps.holds.release(tx, { orgId: actor.orgId, id }, { by: actor.userId, at: deps.clock.now(), reason })
    if (changed !== 1) throw new AppError('hold.released')
    await deps.outbox.append(tx, actor, {
      type: 'retention.hold-released.v1', payload: { holdId: id },
      audit: { subjectType: 'hold', subjectId: id, data: { name, before: { released: null }, after: { released: reason } } },
    })
    return show(await loaded(deps, tx, { actor, id }))
  })
}

export function createHoldsService(deps: RetentionDeps): HoldsService {
  return {
    place: (actor, input) => place(deps, actor, input),
    release: (actor, input) => release(deps, actor, input),
    async list(actor, { state, ...page }) {
      const window = windowOf(page)
      const of = { orgId: actor.orgId, standing: state === undefined ? null : state === 'standing' }
      const rows = await deps.runInTx(actor, (tx) => deps.holds.list(tx, of, window), { readOnly: true })
      return positionedPage(rows, window.limit, show)
    },
  }
}
