import type { DocumentId, FolderId, Grant, GrantId, Level, Page, Principal } from '@intellidocs/contracts'
import {
  AppError, decodeCursor, groupPrincipal, newId, orgPrincipal, pageOf, userPrincipal, type Actor, type PageInput, type Tx,
} from '@intellidocs/kernel'
import { z } from 'zod'
import type { DocumentsDeps } from '../documents.deps.ts'
import { canManage, canManageFolder } from '../documents.policy.ts'
import type { FolderRow } from '../documents.rows.ts'
import { lockTree } from '../folders.repository.ts'
import { deleteGrant, isGroup, isMember, listGrants as selectGrants, lockGrant, putGrant, type GrantRow, type GrantTarget } from '../grants.repository.ts'
import { loadDocument, loadForChange, must } from '../load-document.ts'
import { loadFolder } from '../load-folder.ts'
import { unmanagedFolders } from '../managers.repository.ts'
import { principalOf } from '../principals.ts'
import { keepReaders } from '../readers.repository.ts'
import { appendGrantRemoved, appendGrantSet } from './grant-events.ts'

/** One of the two is given. */
type On = { readonly documentId?: DocumentId; readonly folderId?: FolderId }

/** What is granted on, found to be managed by the actor and held. `folder` is null for a document. */
type Managed = { readonly target: GrantTarget; readonly folder: FolderRow | null }

const toGrant = (row: GrantRow): Grant => ({
  id: row.id, documentId: row.documentId, folderId: row.folderId, principal: principalOf(row.principal), level: row.level, grantedBy: row.grantedBy,
  createdAt: row.createdAt.toISOString(),
})

async function manage(tx: Tx, actor: Actor, { on, change }: { on: On; change: boolean }): Promise<Managed> {
  if (on.documentId !== undefined) {
    const row = await (change ? loadForChange(tx, actor, { id: on.documentId }) : loadDocument(tx, actor, on.documentId))
    must(canManage(actor, row))
    return { target: { documentId: row.id, folderId: null }, folder: null }
  }
  if (on.folderId === undefined) throw new AppError('input.invalid')
  if (change) await lockTree(tx, actor.orgId)
  const folder = await loadFolder(tx, actor, on.folderId)
  must(canManageFolder(actor, folder))
  return { target: { documentId: null, folderId: folder.id }, folder }
}

/** The principal's text, if there is somebody it names. Members see each other; to others no more is said than that. */
async function existing(tx: Tx, actor: Actor, principal: Principal): Promise<string> {
  if ('org' in principal) return orgPrincipal(actor.orgId)
  const there = 'user' in principal ? await isMember(tx, actor.orgId, principal.user) : await isGroup(tx, actor.orgId, principal.group)
  if (!there) throw new AppError('grant.principal_unknown')
  return textOf(actor, principal)
}

function textOf(actor: Actor, principal: Principal): string {
  if ('org' in principal) return orgPrincipal(actor.orgId)
  return 'user' in principal ? userPrincipal(principal.user) : groupPrincipal(principal.group)
}

/** A restricted folder that nobody managed any more, this one or one below it, could be reached by nobody. */
async function mustKeepManager(tx: Tx, actor: Actor, { folder, held }: { folder: FolderRow | null; held: GrantRow }): Promise<void> {
  if (folder === null || held.level !== 'manage') return
  const at = [folder.id]
  const before = await unmanagedFolders(tx, actor.orgId, { at })
  const after = await unmanagedFolders(tx, actor.orgId, { at, without: held.id })
  if (after.length > before.length) throw new AppError('grant.last_manager')
}

/** By principal. @throws AppError document.not_found, folder.not_found, auth.forbidden, input.cursor */
export async function listGrants(deps: DocumentsDeps, actor: Actor, input: On & PageInput): Promise<Page<Grant>> {
  const after = input.cursor === undefined ? null : decodeCursor(z.string().max(60), input.cursor)
  const rows = await deps.runInTx(actor, async (tx) => {
    const { target } = await manage(tx, actor, { on: input, change: false })
    return selectGrants(tx, actor.orgId, { target, after, limit: input.limit + 1 })
  }, { readOnly: true })
  return pageOf(rows, input.limit, { item: toGrant, key: ({ principal }) => principal })
}

/**
 * Grants a level, or sets it anew. On a folder no row of a document is written: what lies below carries the folder already.
 * @throws AppError document.not_found, folder.not_found, auth.forbidden, grant.principal_unknown, grant.last_manager
 */
export function setGrant(deps: DocumentsDeps, actor: Actor, input: On & { principal: Principal; level: Level }): Promise<Grant> {
  return deps.runInTx(actor, async (tx) => {
    const { target, folder } = await manage(tx, actor, { on: input, change: true })
    const principal = await existing(tx, actor, input.principal)
    const held = await lockGrant(tx, actor.orgId, { target, principal })
    if (held?.level === input.level) return toGrant(held)
    if (held !== null) await mustKeepManager(tx, actor, { folder, held })
    const row = await putGrant(tx, actor, { id: held?.id ?? newId() as GrantId, target, principal, level: input.level, at: deps.clock.now() })
    if (target.documentId !== null) await keepReaders(tx, actor.orgId, [target.documentId])
    await appendGrantSet(deps, tx, { actor, target, principal, before: held?.level ?? null, after: input.level })
    return toGrant(row)
  })
}

/**
 * Takes a grant away; from here on nothing is seen by it. Of somebody who is no more as well.
 * @throws AppError document.not_found, folder.not_found, auth.forbidden, grant.last_manager
 */
export function removeGrant(deps: DocumentsDeps, actor: Actor, input: On & { principal: Principal }): Promise<{ removed: boolean }> {
  return deps.runInTx(actor, async (tx) => {
    const { target, folder } = await manage(tx, actor, { on: input, change: true })
    const principal = textOf(actor, input.principal)
    const held = await lockGrant(tx, actor.orgId, { target, principal })
    if (held === null) return { removed: false }
    await mustKeepManager(tx, actor, { folder, held })
    await deleteGrant(tx, actor.orgId, held.id)
    if (target.documentId !== null) await keepReaders(tx, actor.orgId, [target.documentId])
    await appendGrantRemoved(deps, tx, { actor, target, principal, before: held.level })
    return { removed: true }
  })
}
