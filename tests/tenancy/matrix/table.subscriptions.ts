import type { Entry } from './entry.ts'

/** Plans, and what is used of them. */
export const subscriptionsTable: Readonly<Record<string, Entry>> = {
  'subscriptions.plans': { says: 'Reads which plans there are.' },
  'subscriptions.current': { says: 'Reads which plan the organization has, and what becomes of it.' },
  'subscriptions.usage': { says: 'Reads what the organization uses, against its plan.' },
}
