import type { FileKind, FolderId, Locale, OrgId, Sender, SubmissionId, UploadRequestId, UserId } from '@intellidocs/contracts'

/** A request as it is stored; sizes in bytes. */
export type UploadRequestRow = {
  id: UploadRequestId; orgId: OrgId; folderId: FolderId; createdBy: UserId; title: string; note: string; passwordHash: string | null; kinds: FileKind[] | null
  maxFiles: number; maxFileBytes: number; maxTotalBytes: number; files: number; bytes: number; expiresAt: Date; revokedAt: Date | null; createdAt: Date
}

/** Somebody from outside who has nothing but a link. */
export type Visitor = { readonly token: string; readonly ip: string; readonly requestId: string; readonly locale: Locale }

/** What a link shows. `pass` stands for the password that was given, for two hours. */
export type Shown = { readonly kind: 'ask' } | {
  readonly kind: 'form'; readonly title: string; readonly note: string; readonly orgName: string; readonly pass: string; readonly submission: SubmissionId
  readonly kinds: FileKind[] | null; readonly filesLeft: number; readonly maxFileBytes: number; readonly bytesLeft: number; readonly expiresAt: Date
}

/** What one form may bring at most, in bytes; what is left of the request is asked for each file. */
export type Limits = { readonly maxFiles: number; readonly maxFileBytes: number; readonly maxTotalBytes: number }
/**
 * Where the bytes of a file go, and how many of them: no more than there is room for. `mayBeWanted`: whether a file that begins like this (64 KiB, or all of it)
 * can be of a kind that is asked for.
 */
export type Begun = { readonly orgId: OrgId; readonly maxBytes: number; readonly mayBeWanted: (head: Buffer) => boolean }

/** Bytes that are stored, on their way into the folder. */
export type Incoming = {
  readonly submission: SubmissionId; readonly name: string; readonly sha256: string; readonly size: number; readonly storedAt: Date
  readonly sender: Sender
}

/** A line of the receipt. */
export type ReceivedFile = { readonly name: string; readonly size: number; readonly sha256: string; readonly at: Date }
/** Why a file was not taken. `closed`: the link takes nothing any more, for whatever reason. */
export type Refusal = 'closed' | 'no_room' | 'too_large' | 'kind' | 'empty' | 'name'
export type Outcome = { readonly kind: 'received'; readonly file: ReceivedFile } | { readonly kind: 'refused'; readonly why: Refusal }
