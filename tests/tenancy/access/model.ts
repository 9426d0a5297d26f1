import { levels, rolePermissions, type DocumentId, type FolderId, type Level, type Role, type UserId } from '@intellidocs/contracts'

/** The facts from which it follows who sees what: no paths, no reader rows, nothing that is kept beside them. */
export type Facts = {
  readonly users: readonly { readonly id: UserId; readonly role: string; readonly groups: readonly string[] }[]
  readonly folders: readonly { readonly id: FolderId; readonly parentId: FolderId | null; readonly visibility: string }[]
  readonly documents: readonly { readonly id: DocumentId; readonly ownerId: UserId; readonly folderId: FolderId | null; readonly visibility: string }[]
  readonly grants: readonly { readonly folderId: FolderId | null; readonly documentId: DocumentId | null; readonly principal: string; readonly level: Level }[]
}

type User = Facts['users'][number]
const MANAGE = levels.indexOf('manage')

/**
 * What somebody holds on each document, as one would explain it to a person: the place of their level in `levels`, -1 for none. What a role caps of it is
 * not counted: it is held, and comes back with another role.
 */
export function levelsOf(facts: Facts, user: User): Map<DocumentId, number> {
  const folders = new Map(facts.folders.map((folder) => [folder.id, folder]))
  const chainOf = (id: FolderId | null): FolderId[] => {
    const folder = id === null ? undefined : folders.get(id)
    return folder === undefined ? [] : [folder.id, ...chainOf(folder.parentId)]
  }
  const isMember = user.role !== 'guest'
  const reaches = (principal: string): boolean => {
    const [kind, id = ''] = principal.split(':')
    return kind === 'org' ? isMember : kind === 'user' ? id === user.id : user.groups.includes(id)
  }
  return new Map(facts.documents.map((document) => {
    const above = chainOf(document.folderId)
    const kept = above.some((id) => folders.get(id)?.visibility === 'restricted')
    const granted = facts.grants.flatMap(({ documentId, folderId, principal, level }) => {
      // The organization at large gets into a restricted folder by a grant on the folder only.
      const here = folderId === null ? documentId === document.id && !(kept && principal.startsWith('org:')) : above.includes(folderId)
      return here && reaches(principal) ? [levels.indexOf(level)] : []
    })
    const held = Math.max(-1, ...granted, document.ownerId === user.id ? MANAGE : -1, document.visibility === 'org' && isMember && !kept ? levels.indexOf('edit') : -1)
    return [document.id, held >= 0 && rolePermissions[user.role as Role].includes('documents:manage') ? MANAGE : held]
  }))
}

/** Who sees which documents: the reference that every path to a document is compared with. */
export const visibleTo = (facts: Facts, user: User): DocumentId[] =>
  [...levelsOf(facts, user)].flatMap(([id, level]) => (level >= 0 ? [id] : [])).toSorted()

/** The documents on which somebody's level rose from one state to another though the mover did not manage them before. */
export function roseUnmanaged(before: Facts, after: Facts, mover: UserId): DocumentId[] {
  const levelsBefore = new Map(before.users.map((user) => [user.id, levelsOf(before, user)]))
  const rose = after.users.flatMap((user) => [...levelsOf(after, user)].flatMap(([id, level]) => (level > (levelsBefore.get(user.id)?.get(id) ?? -1) ? [id] : [])))
  return rose.filter((id) => levelsBefore.get(mover)?.get(id) !== MANAGE)
}
