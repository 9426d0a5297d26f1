import type { OrgId, UserId } from '@intellidocs/contracts'
import { orgPrincipal, userPrincipal, type Actor } from '@intellidocs/kernel'

export type Visibility = 'org' | 'restricted'
export type Lifecycle = 'active' | 'trashed'

/** What the decisions below need to know of a document that the actor was found to be a reader of. */
export type DocumentFacts = { readonly ownerId: UserId; readonly visibility: Visibility; readonly lifecycle: Lifecycle }

type Decider = Pick<Actor, 'kind' | 'userId' | 'role' | 'permissions'>

/**
 * The one place that says who reads a document; its answer is stored as rows and is what lists, search and live events ask.
 * Guests do not carry the organization's principal, so they read only what names them.
 */
export function readersOf(document: { orgId: OrgId; ownerId: UserId; visibility: Visibility }): string[] {
  const owner = userPrincipal(document.ownerId)
  return document.visibility === 'org' ? [orgPrincipal(document.orgId), owner] : [owner]
}

/** The pure form of the predicate that the repositories ask in SQL: the sets meet. */
export const canRead = (principals: readonly string[], readers: readonly string[]): boolean => readers.some((reader) => principals.includes(reader))

const manages = (actor: Decider): boolean => actor.kind === 'system' || actor.permissions.has('documents:manage')
const owns = (actor: Decider, document: DocumentFacts): boolean => actor.userId === document.ownerId

export const canCreate = (actor: Decider): boolean => actor.permissions.has('documents:create')

/** Names, folders, new versions, and everything about reading the file again. */
export const canEdit = (actor: Decider, document: DocumentFacts): boolean =>
  actor.permissions.has('documents:edit') && (document.visibility === 'org' || owns(actor, document) || actor.kind === 'system')

/** Restricting a document takes it away from everybody else, so not every editor may. */
export const canChangeVisibility = (actor: Decider, document: DocumentFacts): boolean =>
  canEdit(actor, document) && (owns(actor, document) || manages(actor))

export const canTrash = (actor: Decider, document: DocumentFacts): boolean =>
  actor.permissions.has('documents:delete') && (document.visibility === 'org' || owns(actor, document) || actor.kind === 'system')

/** Gone for good: only what is in the trash, and only by its owner or somebody who manages the organization. */
export const canPurge = (actor: Decider, document: DocumentFacts): boolean => canTrash(actor, document) && (owns(actor, document) || manages(actor))

/** Folders have no readers of their own: they belong to the organization, which guests are not part of. */
export const canSeeFolders = (actor: Pick<Actor, 'kind' | 'role'>): boolean => actor.kind === 'system' || actor.role !== 'guest'
