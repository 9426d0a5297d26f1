import type { Entry } from './entry.ts'

const personal = { inPerson: 'auth.session_required', ends: ['billing.manual'] } as const satisfies Partial<Entry>

/** Plans, and what is used of them. */
export const subscriptionsTable: Readonly<Record<string, Entry>> = {
  'subscriptions.plans': { says: 'Reads which plans there are.' },
  'subscriptions.current': { says: 'Reads which plan the organization has, and what becomes of it.' },
  'subscriptions.usage': { says: 'Reads what the organization uses, against its plan.' },
  'subscriptions.verify': { says: 'Checks that what was done, its sums by the hour and what was billed are the same.' },
  'subscriptions.checkout': { says: 'Begins to pay for a plan, or pays for another one; not by a key.', ...personal, input: () => ({ plan: 'team' }) },
  'subscriptions.portal': { says: 'Names where bills and means of payment are looked after; not by a key.', ...personal },
  'subscriptions.cancel': { says: 'Ends what is paid for with its period; not by a key.', ...personal },
  'subscriptions.reactivate': { says: 'Takes the end, or a smaller plan, back; not by a key.', ...personal },
}
