import type { DocumentId, FlowRunId, FlowTaskId, FolderId, GroupId, notificationsContract, UserId } from '@intellidocs/contracts'

/** What a notification is about. At most one of document and folder; run and task are of the document. */
export type Subject = {
  readonly documentId: DocumentId | null
  readonly folderId: FolderId | null
  readonly runId: FlowRunId | null
  readonly taskId: FlowTaskId | null
}
/** Whom something is told, as far as they are active members: some by name, the members of a group, or all but guests. */
export type Audience = { readonly users: readonly UserId[] } | { readonly group: GroupId } | { readonly org: true }

/** Something to tell people of. */
export type Told = {
  readonly kind: notificationsContract.Kind
  /** Names what happened: nobody is told of one source twice. */
  readonly source: string
  readonly at: Date
  readonly actorId: UserId
  readonly about: Subject
  readonly facts: notificationsContract.Facts
  readonly to: Audience
  /** Whoever did it needs not be told; null where everybody is. */
  readonly except: UserId | null
}
