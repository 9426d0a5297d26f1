import { z } from 'zod'

const uuid = z.uuid()

export const userId = uuid.brand<'UserId'>()
export const orgId = uuid.brand<'OrgId'>()
export const documentId = uuid.brand<'DocumentId'>()
export const versionId = uuid.brand<'VersionId'>()
export const folderId = uuid.brand<'FolderId'>()
export const apiKeyId = uuid.brand<'ApiKeyId'>()
export const sessionId = uuid.brand<'SessionId'>()
export const orgRoleId = uuid.brand<'OrgRoleId'>()
export const groupId = uuid.brand<'GroupId'>()
export const grantId = uuid.brand<'GrantId'>()
export const invitationId = uuid.brand<'InvitationId'>()
export const flowId = uuid.brand<'FlowId'>()
export const flowRunId = uuid.brand<'FlowRunId'>()
export const flowTaskId = uuid.brand<'FlowTaskId'>()
export const flowCommentId = uuid.brand<'FlowCommentId'>()
export const delegationId = uuid.brand<'DelegationId'>()
export const notificationId = uuid.brand<'NotificationId'>()
export const searchQueryId = uuid.brand<'SearchQueryId'>()
export const searchViewId = uuid.brand<'SearchViewId'>()
export const webhookEndpointId = uuid.brand<'WebhookEndpointId'>()
export const webhookDeliveryId = uuid.brand<'WebhookDeliveryId'>()
export const shareId = uuid.brand<'ShareId'>()
export const shareVisitId = uuid.brand<'ShareVisitId'>()
export const holdId = uuid.brand<'HoldId'>()
export const uploadRequestId = uuid.brand<'UploadRequestId'>()
export const submissionId = uuid.brand<'SubmissionId'>()
export const retentionRuleId = uuid.brand<'RetentionRuleId'>()
export const tombstoneId = uuid.brand<'TombstoneId'>()
export const reprocessingId = uuid.brand<'ReprocessingId'>()
export const reindexingId = uuid.brand<'ReindexingId'>()

export type UserId = z.infer<typeof userId>
export type OrgId = z.infer<typeof orgId>
export type DocumentId = z.infer<typeof documentId>
export type VersionId = z.infer<typeof versionId>
export type FolderId = z.infer<typeof folderId>
export type ApiKeyId = z.infer<typeof apiKeyId>
export type SessionId = z.infer<typeof sessionId>
export type OrgRoleId = z.infer<typeof orgRoleId>
export type GroupId = z.infer<typeof groupId>
export type GrantId = z.infer<typeof grantId>
export type InvitationId = z.infer<typeof invitationId>
export type FlowId = z.infer<typeof flowId>
export type FlowRunId = z.infer<typeof flowRunId>
export type FlowTaskId = z.infer<typeof flowTaskId>
export type FlowCommentId = z.infer<typeof flowCommentId>
export type DelegationId = z.infer<typeof delegationId>
export type NotificationId = z.infer<typeof notificationId>
export type SearchQueryId = z.infer<typeof searchQueryId>
export type SearchViewId = z.infer<typeof searchViewId>
export type WebhookEndpointId = z.infer<typeof webhookEndpointId>
export type WebhookDeliveryId = z.infer<typeof webhookDeliveryId>
export type ShareId = z.infer<typeof shareId>
export type ShareVisitId = z.infer<typeof shareVisitId>
export type HoldId = z.infer<typeof holdId>
export type UploadRequestId = z.infer<typeof uploadRequestId>
export type SubmissionId = z.infer<typeof submissionId>
export type RetentionRuleId = z.infer<typeof retentionRuleId>
export type TombstoneId = z.infer<typeof tombstoneId>

/** Acts where no person does: the worker, the reconciler, the first start. Stands in audit rows as the actor. */
export const SYSTEM_USER_ID = '00000000-0000-0000-0000-000000000000' as UserId

/** The installation itself, where the outbox and the audit want an organization and there is none: accounts, mail to them, organizations that end. */
export const PLATFORM_ORG_ID = '00000000-0000-0000-0000-000000000001' as OrgId

/** SHA-256 of the bytes, lower-case hexadecimal. Names a blob. */
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
export type ReprocessingId = z.infer<typeof reprocessingId>
export type ReindexingId = z.infer<typeof reindexingId>
