import type { Entry } from './entry.ts'

/** Figures of the organization, which name no document. */
export const analyticsTable: Readonly<Record<string, Entry>> = {
  'analytics.overview': {
    says: 'Counts documents, pages, bytes and active people by day, those of documents that the caller does not read as well.', input: () => ({}),
    also: [{ input: () => ({ from: '2026-01-01', to: '2026-12-31', grain: 'month' }) }],
  },
  'analytics.documents': { says: 'Counts what came, went and was read by day, and by the type of the bytes.', input: () => ({}) },
  'analytics.processing': { says: 'Shows what was read and what failed by day, how long that took, and what waited.', input: () => ({ grain: 'week' }) },
  'analytics.flows': {
    says: 'Shows for each flow how long its runs and stages took and what was late, and who decided where the organization has that shown; flows:read.', input: () => ({}),
    may: (who) => (who.holds.has('flows:read') ? null : 'auth.forbidden'),
  },
  'analytics.search': {
    says: 'Counts queries, those without a hit and the hits that were opened; shows words where the organization keeps them; search:read.', input: () => ({}),
    may: (who) => (who.holds.has('search:read') ? null : 'auth.forbidden'),
  },
  'analytics.sharing': { says: 'Counts links that were made and taken back, and how often they were opened and something was downloaded; names none.', input: () => ({}) },
  'analytics.usage': { says: 'Shows what is used of the plan, and a forecast; usage:read.', may: (who) => (who.holds.has('usage:read') ? null : 'auth.forbidden') },
  'analytics.export': {
    says: 'Hands figures out as CSV or JSON, each to who may see them.', input: () => ({ of: 'overview' }), also: [{ input: () => ({ of: 'documents', format: 'json' }) }],
  },
  'analytics.settings.get': { says: 'Reads the time zone of the figures, and what they keep and show of people and of queries.' },
  'analytics.settings.set': { says: 'Changes these.', input: () => ({ zone: 'Europe/Lisbon', perPerson: false }) },
}
