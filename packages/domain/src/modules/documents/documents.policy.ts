import { levels, type Level, type UserId } from '@intellidocs/contracts'
import type { Actor } from '@intellidocs/kernel'

export type Visibility = 'org' | 'restricted'
export type Lifecycle = 'active' | 'trashed'

/** What the decisions below need to know of a folder: whether it is kept from the organization at large, and the highest grant that reaches the actor. */
export type FolderFacts = { readonly restricted: boolean; readonly granted: Level | null }
/** And of a document that the actor was found to be a reader of: of its folder as well, where the top is not restricted. */
export type DocumentFacts = FolderFacts & { readonly ownerId: UserId; readonly visibility: Visibility }

type Decider = Pick<Actor, 'kind' | 'userId' | 'permissions' | 'principals'>

const rank = (level: Level | null): number => (level === null ? -1 : levels.indexOf(level))
const highest = (...found: (Level | null)[]): Level | null => found.reduce((a, b) => (rank(b) > rank(a) ? b : a), null)
const reaches = (level: Level | null, wanted: Level): boolean => rank(level) >= rank(wanted)

/** Guests do not carry the organization's principal: they see only what was granted to them. */
export const isOfOrg = (actor: Pick<Actor, 'principals'>): boolean => actor.principals.some((principal) => principal.startsWith('org:'))
const manages = (actor: Decider): boolean => actor.permissions.has('documents:manage')

/** What a folder gives, before the role has its say; null: it is not shown to the actor. Who manages documents manages each folder that they see. */
export function heldOnFolder(actor: Decider, folder: FolderFacts): Level | null {
  if (actor.kind === 'system') return 'manage'
  const held = highest(folder.granted, isOfOrg(actor) && !folder.restricted ? 'edit' : null)
  return held !== null && manages(actor) ? 'manage' : held
}

/** The same of a document. What is restricted, or lies in a restricted folder, is the organization's no more. */
function heldOnDocument(actor: Decider, document: DocumentFacts): Level {
  if (actor.kind === 'system' || document.ownerId === actor.userId || manages(actor)) return 'manage'
  const asMember = document.visibility === 'org' && !document.restricted && isOfOrg(actor) ? 'edit' : null
  return highest(document.granted, asMember, 'view') ?? 'view'
}

/** Nobody edits whose role cannot, whatever they were granted. */
const capped = (actor: Decider, held: Level | null): Level | null =>
  (held === null || actor.kind === 'system' || actor.permissions.has('documents:edit') ? held : 'view')

/** The level of somebody who reads the document. */
export const levelOnDocument = (actor: Decider, document: DocumentFacts): Level => capped(actor, heldOnDocument(actor, document)) ?? 'view'
/** Null: the folder is not there for the actor. */
export const levelOnFolder = (actor: Decider, folder: FolderFacts): Level | null => capped(actor, heldOnFolder(actor, folder))

export const canCreate = (actor: Decider): boolean => actor.permissions.has('documents:create')

/** Names, new versions, and everything about reading the file again. */
export const canEdit = (actor: Decider, document: DocumentFacts): boolean => reaches(levelOnDocument(actor, document), 'edit')

/** Visibility and grants: they give to others, or take away. */
export const canManage = (actor: Decider, document: DocumentFacts): boolean => reaches(levelOnDocument(actor, document), 'manage')

/** Deleting is a permission of its own, so that the cap on editing says nothing about it. */
export const canTrash = (actor: Decider, document: DocumentFacts): boolean =>
  actor.permissions.has('documents:delete') && reaches(heldOnDocument(actor, document), 'edit')

/** Gone for good: only what is in the trash. */
export const canPurge = (actor: Decider, document: DocumentFacts): boolean =>
  actor.permissions.has('documents:delete') && reaches(heldOnDocument(actor, document), 'manage')

/** Where something may be put: a folder, or the top (null), which is the organization's. Whether it may be put anywhere is another permission. */
export const canPutInto = (actor: Decider, folder: FolderFacts | null): boolean =>
  (folder === null ? actor.kind === 'system' || isOfOrg(actor) : reaches(heldOnFolder(actor, folder), 'edit'))

export const canEditFolder = (actor: Decider, folder: FolderFacts): boolean => reaches(levelOnFolder(actor, folder), 'edit')
export const canManageFolder = (actor: Decider, folder: FolderFacts): boolean => reaches(levelOnFolder(actor, folder), 'manage')
export const canDeleteFolder = (actor: Decider, folder: FolderFacts): boolean =>
  actor.permissions.has('documents:delete') && reaches(heldOnFolder(actor, folder), 'edit')

type Move = {
  /** On what is moved. */
  readonly level: Level | null
  /** Null: the top. */
  readonly from: FolderFacts | null
  readonly to: FolderFacts | null
  /** Between what is restricted and what is not, or to where the folders above are granted to others or at other levels. */
  readonly crosses: boolean
}

/**
 * Moving is an edit of what is moved and of both places; who manages what is moved may take it from anywhere. Where it changes who sees it, or at
 * what level, it gives and takes as a grant does, which is for those who manage it.
 */
export function canMove(actor: Decider, { level, from, to, crosses }: Move): boolean {
  if (!reaches(level, crosses ? 'manage' : 'edit') || !canPutInto(actor, to)) return false
  return reaches(level, 'manage') || canPutInto(actor, from)
}

/**
 * Whether a reader row holds for a document where it lies now; the pure form of `app.holds`. `path`: the ids of the folders above it. A folder's row
 * holds as long as the folder is above the document, the organization's outside of restricted folders.
 */
export function holds(principal: string, place: { readonly path: readonly string[]; readonly restricted: boolean }): boolean {
  if (principal.startsWith('folder:')) return place.path.includes(principal.slice('folder:'.length))
  return !principal.startsWith('org:') || !place.restricted
}
