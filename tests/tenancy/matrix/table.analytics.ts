import type { Entry } from './entry.ts'

/** Figures of the organization, which name no document. */
export const analyticsTable: Readonly<Record<string, Entry>> = {
  'analytics.overview': {
    says: 'Counts documents, pages, bytes and active people by day, those of documents that the caller does not read as well.', input: () => ({}),
    also: [{ input: () => ({ from: '2026-01-01', to: '2026-12-31', grain: 'month' }) }],
  },
  'analytics.settings.get': { says: 'Reads the time zone of the figures, and what they keep and show of people and of queries.' },
  'analytics.settings.set': { says: 'Changes these.', input: () => ({ zone: 'Europe/Lisbon', perPerson: false }) },
}
