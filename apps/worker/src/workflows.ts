// The entry of the workflow bundle: re-exports only, a line a module.
export { analyticsGauges } from '@intellidocs/domain/analytics/workflow'
export { documentProcessing } from '@intellidocs/domain/documents/workflow'
export { folderReaders } from '@intellidocs/domain/documents/readers-workflow'
export { webhookEndpoint } from '@intellidocs/domain/webhooks/workflow'
export { approval } from '@intellidocs/domain/workflows/workflow'
export { overdueDigest } from '@intellidocs/domain/workflows/digest-workflow'
export { retentionSweep } from '@intellidocs/domain/retention/workflow'
export { orgPurge } from '@intellidocs/domain/orgs/workflow'
