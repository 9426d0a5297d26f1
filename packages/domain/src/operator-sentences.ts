import { isCheckSummary } from './modules/admin/index.ts'
import { isAnalyticsSummary } from './modules/analytics/index.ts'
import { isSummary } from './modules/documents/index.ts'
import { isPurgeSummary } from './modules/orgs/index.ts'
import { isRetentionSummary } from './modules/retention/index.ts'
import { isSearchSummary } from './modules/search/index.ts'
import { isUsageSummary } from './modules/subscriptions/index.ts'
import { isWebhookSummary } from './modules/webhooks/index.ts'
import { isApprovalSummary } from './modules/workflows/index.ts'

/** Whether a text is one of the sentences that operators read in Temporal's UI, which leave the process unsealed. They hold nothing of a customer's. */
export const isOperatorSentence = (text: string): boolean =>
  isSummary(text) || isPurgeSummary(text) || isWebhookSummary(text) || isApprovalSummary(text) || isAnalyticsSummary(text)
  || isRetentionSummary(text) || isUsageSummary(text) || isCheckSummary(text) || isSearchSummary(text)
