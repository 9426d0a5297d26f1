import type { FolderId, OrgId } from '@intellidocs/contracts'
import type { WalkKey } from './readers.repository.ts'

/** A run that rewrites the readers of what lies below a folder; `eventId` is that of the change of the tree which asked for it. */
export type FolderReadersRef = {
  readonly orgId: OrgId
  readonly folderId: FolderId
  readonly eventId: string
}

/** How the module asks Temporal for such a run; only the worker can. One that was started already, open or closed, counts as success. */
export type FolderReadersGateway = { rewrite(ref: FolderReadersRef): Promise<void> }

export type FolderReadersActivities = {
  /** Goes on behind `after`, or from the beginning; answers where it came to, or null at the end. Safe to run twice, also at once. */
  rewriteReaders(ref: FolderReadersRef, after: WalkKey | null): Promise<WalkKey | null>
}

export const folderReadersRunId = ({ folderId, eventId }: Pick<FolderReadersRef, 'folderId' | 'eventId'>): string => `folder-readers/${folderId}/${eventId}`
