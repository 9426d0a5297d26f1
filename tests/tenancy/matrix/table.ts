import { adminTable } from './table.admin.ts'
import type { Entry } from './entry.ts'
import { analyticsTable } from './table.analytics.ts'
import { certificatesTable } from './table.certificates.ts'
import { definitionsTable } from './table.definitions.ts'
import { documentsTable } from './table.documents.ts'
import { intakeTable } from './table.intake.ts'
import { notificationsTable } from './table.notifications.ts'
import { flowsTable } from './table.flows.ts'
import { orgsTable } from './table.orgs.ts'
import { peopleTable } from './table.people.ts'
import { subscriptionsTable } from './table.subscriptions.ts'
import { sharesTable } from './table.shares.ts'
import { privacyTable } from './table.privacy.ts'
import { retentionTable } from './table.retention.ts'
import { webhooksTable } from './table.webhooks.ts'

/** Every procedure by its path. */
export const table: Readonly<Record<string, Entry>> = {
  ...peopleTable, ...orgsTable, ...documentsTable, ...definitionsTable, ...flowsTable, ...certificatesTable, ...notificationsTable, ...sharesTable,
  ...webhooksTable, ...privacyTable, ...subscriptionsTable, ...retentionTable, ...analyticsTable,
  ...adminTable, ...intakeTable,
}
