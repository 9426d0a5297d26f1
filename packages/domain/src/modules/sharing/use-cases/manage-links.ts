import type { DocumentId, FolderId, Page, Share, ShareId } from '@intellidocs/contracts'
import { AppError, positionedPage, userPrincipal, windowOf, type Actor, type PageInput, type Tx } from '@intellidocs/kernel'
import type { SharingDeps } from '../sharing.deps.ts'
import { sees, seesOthers } from '../sharing.policy.ts'
import type { Settings, StoredShare } from '../sharing.types.ts'
import { audited, showShare, subjectOf } from '../show-share.ts'
import { mustFit, type Said } from './make-link.ts'

type One = { readonly id: ShareId }

/** Newest first. @throws AppError input.cursor */
export async function listLinks(
  deps: SharingDeps, actor: Actor, input: PageInput & { documentId?: DocumentId | undefined; folderId?: FolderId | undefined },
): Promise<Page<Share>> {
  const page = windowOf(input)
  const of = { documentId: input.documentId ?? null, folderId: input.folderId ?? null, createdBy: seesOthers(actor) ? null : actor.userId }
  const rows = await deps.runInTx(actor, (tx) => deps.links.list(tx, actor, { of, page }), { readOnly: true })
  return positionedPage(rows, page.limit, (row) => showShare(row, deps.clock.now()))
}

/** Held until the unit ends. @throws AppError share.not_found, for one of another's too that is not shown to the actor */
async function hold(deps: SharingDeps, tx: Tx, { actor, id }: { actor: Actor; id: ShareId }): Promise<StoredShare> {
  const share = await deps.links.lock(tx, { orgId: actor.orgId, id })
  if (share === null || !sees(actor, share)) throw new AppError('share.not_found')
  return share
}

async function shown(deps: SharingDeps, tx: Tx, { actor, id }: { actor: Actor; id: ShareId }): Promise<Share> {
  const share = await deps.links.listed(tx, actor, id)
  if (share === null) throw new Error('a link that was changed is not there')
  return showShare(share, deps.clock.now())
}

function after(before: StoredShare, said: Said, passwordHash: string | null): Settings {
  const { note = before.note, expiresAt, viewLimit = before.viewLimit, downloadLimit = before.downloadLimit, download = before.download, notify = before.notify } = said
  return {
    note, passwordHash: said.password === undefined ? before.passwordHash : passwordHash, emails: said.emails === undefined ? before.emails : [...new Set(said.emails)],
    expiresAt: expiresAt === undefined ? before.expiresAt : expiresAt === null ? null : new Date(expiresAt), viewLimit, downloadLimit, download, notify,
  }
}

const names = ['note', 'passwordHash', 'emails', 'expiresAt', 'viewLimit', 'downloadLimit', 'download', 'notify'] as const
/** As the event calls it. */
const called = (name: (typeof names)[number]): string => (name === 'passwordHash' ? 'password' : name)

/** @throws AppError share.not_found, share.revoked, share.policy */
export async function updateLink(deps: SharingDeps, actor: Actor, { id, ...said }: One & Said): Promise<Share> {
  const passwordHash = said.password === undefined || said.password === null ? null : await deps.passwords.hash(said.password)
  return deps.runInTx(actor, async (tx) => {
    const before = await hold(deps, tx, { actor, id })
    if (before.revokedAt !== null) throw new AppError('share.revoked')
    const next = after(before, said, passwordHash)
    mustFit(await deps.rules.get(tx, actor.orgId), { ...next, createdAt: before.createdAt })
    const changed = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(next[name]))
    if (changed.length === 0) return shown(deps, tx, { actor, id })
    const anew = changed.includes('passwordHash') || changed.includes('emails')
    if (await deps.links.change(tx, { orgId: actor.orgId, id }, { ...next, gate: before.gate + (anew ? 1 : 0) }) !== 1) throw new AppError('share.not_found')
    await deps.outbox.append(tx, actor, {
      type: 'sharing.updated.v1', payload: { shareId: id, ...subjectOf(before), changed: changed.map(called) }, audience: [userPrincipal(before.createdBy)],
      audit: { subjectType: 'share', subjectId: id, data: { before: audited(deps, actor.orgId, before), after: audited(deps, actor.orgId, next) } },
    })
    return shown(deps, tx, { actor, id })
  })
}

/** Asked of one that is revoked, it answers as before. @throws AppError share.not_found */
export function revokeLink(deps: SharingDeps, actor: Actor, { id }: One): Promise<Share> {
  return deps.runInTx(actor, async (tx) => {
    const before = await hold(deps, tx, { actor, id })
    if (await deps.links.revoke(tx, { orgId: actor.orgId, id }, deps.clock.now()) === 1) {
      await deps.outbox.append(tx, actor, {
        type: 'sharing.revoked.v1', payload: { shareId: id, ...subjectOf(before) }, audience: [userPrincipal(before.createdBy)],
        audit: { subjectType: 'share', subjectId: id, data: { before: audited(deps, actor.orgId, before), after: null } },
      })
    }
    return shown(deps, tx, { actor, id })
  })
}
