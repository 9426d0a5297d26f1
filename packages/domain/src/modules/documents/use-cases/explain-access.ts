import type { DocumentId, UserId } from '@intellidocs/contracts'
import { folderPrincipal, groupPrincipal, orgPrincipal, userPrincipal, type Actor } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import { canManage } from '../documents.policy.ts'
import { explain, type Explained } from '../explain.policy.ts'
import { findMember, grantsReaching, type MemberRow } from '../grants.repository.ts'
import { loadDocument, must } from '../load-document.ts'
import { readersOfDocument } from '../readers.repository.ts'

/**
 * Says why somebody sees the document, or does not, to those who manage it. Somebody who is no member, or of another organization, is `not_member`
 * whether there is such a person or not. @throws AppError document.not_found, auth.forbidden
 */
export function explainAccess(deps: DocumentsDeps, actor: Actor, input: { documentId: DocumentId; userId: UserId }): Promise<Explained> {
  return deps.runInTx(actor, async (tx) => {
    const row = await loadDocument(tx, actor, input.documentId)
    must(canManage(actor, row))
    const member = await findMember(tx, actor.orgId, input.userId)
    const grants = await grantsReaching(tx, actor.orgId, row.id)
    const readers = await readersOfDocument(tx, actor.orgId, row.id)
    const principals = member === null ? [] : principalsOf(actor, input.userId, member)
    const granted = grants.flatMap(({ folderId, principal }) => (folderId !== null && principals.includes(principal) ? [folderPrincipal(folderId)] : []))
    const seen = [...principals, ...granted].some((principal) => readers.includes(principal))
    const { ownerId, visibility, restricted } = row
    return explain({ userId: input.userId, ownerId, visibility, restricted, member, grants, seen })
  }, { readOnly: true })
}

const principalsOf = (actor: Actor, userId: UserId, { role, groups }: MemberRow): string[] =>
  [...(role === 'guest' ? [] : [orgPrincipal(actor.orgId)]), userPrincipal(userId), ...groups.map(groupPrincipal)]
