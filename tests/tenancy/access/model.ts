import type { DocumentId, FolderId, UserId } from '@intellidocs/contracts'

/** The facts from which it follows who sees what: no paths, no reader rows, nothing that is kept beside them. */
export type Facts = {
  readonly users: readonly { readonly id: UserId; readonly role: string; readonly groups: readonly string[] }[]
  readonly folders: readonly { readonly id: FolderId; readonly parentId: FolderId | null; readonly visibility: string }[]
  readonly documents: readonly { readonly id: DocumentId; readonly ownerId: UserId; readonly folderId: FolderId | null; readonly visibility: string }[]
  readonly grants: readonly { readonly folderId: FolderId | null; readonly documentId: DocumentId | null; readonly principal: string }[]
}

/** Who sees which documents, as one would explain it to a person: the reference that every path to a document is compared with. */
export function visibleTo(facts: Facts, user: Facts['users'][number]): DocumentId[] {
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
  return facts.documents.filter((document) => {
    const above = chainOf(document.folderId)
    const kept = above.some((id) => folders.get(id)?.visibility === 'restricted')
    if (document.ownerId === user.id) return true
    if (document.visibility === 'org' && isMember && !kept) return true
    return facts.grants.some(({ documentId, folderId, principal }) => {
      if (!reaches(principal)) return false
      if (folderId !== null) return above.includes(folderId)
      // The organization at large gets into a restricted folder by a grant on the folder only.
      return documentId === document.id && !(kept && principal.startsWith('org:'))
    })
  }).map(({ id }) => id).toSorted()
}
