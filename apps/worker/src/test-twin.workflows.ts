import { proxyActivities } from '@temporalio/workflow'
import { installationCheck as presentCheck } from '@intellidocs/domain/admin/workflow'
import { analyticsGauges as presentGauges } from '@intellidocs/domain/analytics/workflow'
import { documentProcessing as present, type DocumentProcessingInput } from '@intellidocs/domain/documents/workflow'
import { folderReaders as presentReaders, type FolderReadersInput } from '@intellidocs/domain/documents/readers-workflow'
import { orgPurge as presentPurge } from '@intellidocs/domain/orgs/workflow'
import { retentionSweep as presentSweep } from '@intellidocs/domain/retention/workflow'
import { reembedding as presentReembedding } from '@intellidocs/domain/search/workflow'
import { reindexing as presentReindexing } from '@intellidocs/domain/search/reindexing-workflow'
import { usageRollup as presentRollup } from '@intellidocs/domain/subscriptions/workflow'
import { webhookEndpoint as presentWebhook } from '@intellidocs/domain/webhooks/workflow'
import { overdueDigest as presentDigest } from '@intellidocs/domain/workflows/digest-workflow'
import { approval as presentApproval } from '@intellidocs/domain/workflows/workflow'

const { greet } = proxyActivities<{ greet(): Promise<void> }>({ startToCloseTimeout: '1 minute' })

/** The workflows with a step more at their beginning and no `patched`: what the replay of recorded histories is there to catch. Only for that test. */
export async function documentProcessing(input: DocumentProcessingInput): Promise<unknown> {
  await greet()
  return present(input)
}

export async function folderReaders(input: FolderReadersInput): Promise<void> {
  await greet()
  return presentReaders(input)
}

export async function orgPurge(ref: Parameters<typeof presentPurge>[0]): Promise<unknown> {
  await greet()
  return presentPurge(ref)
}

export async function webhookEndpoint(ref: Parameters<typeof presentWebhook>[0]): Promise<void> {
  await greet()
  return presentWebhook(ref)
}

export async function approval(run: Parameters<typeof presentApproval>[0]): Promise<void> {
  await greet()
  return presentApproval(run)
}

export async function overdueDigest(): Promise<void> {
  await greet()
  return presentDigest()
}

export async function retentionSweep(from: Parameters<typeof presentSweep>[0] = null): Promise<void> {
  await greet()
  return presentSweep(from)
}

export async function analyticsGauges(): Promise<void> {
  await greet()
  return presentGauges()
}

export async function usageRollup(): Promise<void> {
  await greet()
  return presentRollup()
}

export async function installationCheck(id: string): Promise<void> {
  await greet()
  return presentCheck(id)
}

export async function reembedding(model: string): Promise<void> {
  await greet()
  return presentReembedding(model)
}

export async function reindexing(): Promise<void> {
  await greet()
  return presentReindexing()
}
