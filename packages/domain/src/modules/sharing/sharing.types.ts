import type { DocumentId, FolderId, OrgId, ShareId, SharePolicy, ShareVisitId, UserId } from '@intellidocs/contracts'

/** What a link leads to; one of the two is set. */
export type Subject = { readonly documentId: DocumentId | null; readonly folderId: FolderId | null }

/** What its maker may change. `passwordHash`: argon2id; null for none. `emails` empty: whoever has the link. */
export type Settings = {
  readonly note: string; readonly passwordHash: string | null; readonly emails: readonly string[]; readonly expiresAt: Date | null
  readonly viewLimit: number | null; readonly downloadLimit: number | null; readonly download: boolean; readonly notify: boolean
}
export type StoredShare = Subject & Settings & {
  readonly id: ShareId; readonly orgId: OrgId; readonly version: number | null; readonly createdBy: UserId; readonly gate: number
  readonly views: number; readonly downloads: number; readonly lastOpenedAt: Date | null; readonly revokedAt: Date | null; readonly createdAt: Date
}
/** With what it leads to as it is called now; null where the reader does not see that. */
export type ListedShare = StoredShare & { readonly title: string | null }
export type NewShare = Subject & Settings & Pick<StoredShare, 'id' | 'version' | 'createdBy' | 'createdAt'> & { readonly tokenHash: string }

/** All that a token says by itself. */
export type ShareRef = { readonly orgId: OrgId; readonly id: ShareId; readonly createdBy: UserId }

/** `address` as it is kept. `gate`: of the link when the visit passed it. */
export type Visit = {
  readonly id: ShareVisitId; readonly email: string | null; readonly address: string; readonly openedAt: Date; readonly gate: number; readonly secretHash: string
  readonly expiresAt: Date
}

/** Who asks, from outside. `visit`: what the cookie of the link says, as it came. */
export type Visitor = { readonly token: string; readonly visit: string | null; readonly ip: string; readonly requestId: string; readonly locale: 'en' | 'pt' }

/** A page of a document, or a part of one where it is long; both are counted from 1. */
export type Place = { readonly page: number; readonly part: number }
/** The text of a place, where there are no pictures of pages. `mark`: who looks and since when, where the link is for looking only; else null. */
export type ShownText = Place & { readonly pages: number; readonly parts: number; readonly text: string; readonly language: string | null; readonly mark: string | null }
/** A document as a page of the link shows it. `pictures`: how many pages can be looked at; 0 where there is no picture of this kind of file: then there may be its text. */
export type ShownDocument = {
  readonly id: DocumentId; readonly name: string; readonly size: number; readonly pictures: number; readonly text: ShownText | null; readonly downloads: boolean
}

export type Named<Id extends string> = { readonly id: Id; readonly name: string }
/** Where lists of a folder go on; undefined: with the first. */
export type WhereInFolder = { readonly cursor: string | undefined; readonly folders: string | undefined }
/** A folder as a page of the link shows it. `trail`: the folders above it, from that of the link down; empty for that one. */
export type ShownFolder = {
  readonly name: string; readonly trail: readonly Named<FolderId>[]; readonly folders: readonly Named<FolderId>[]; readonly nextFolders: string | null
  readonly documents: readonly Named<DocumentId>[]; readonly nextCursor: string | null
}

/** What a link shows. `ask`: what it takes to open it. */
export type Shown =
  | { readonly kind: 'ask'; readonly password: boolean; readonly email: boolean }
  | { readonly kind: 'document'; readonly note: string; readonly document: ShownDocument; readonly expiresAt: Date | null }
  | ({ readonly kind: 'folder'; readonly note: string; readonly expiresAt: Date | null } & ShownFolder)

/** Where the bytes are that a visitor was given, once. */
export type SharedContent = { readonly orgId: OrgId; readonly version: number; readonly sha256: string; readonly size: number; readonly fileName: string; readonly mime: string | null }

export type Allowed = Pick<SharePolicy, 'links' | 'maxDays' | 'passwordRequired'>
