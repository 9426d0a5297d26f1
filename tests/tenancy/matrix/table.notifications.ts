import type { Entry } from './entry.ts'

const LATER = '2099-01-01T00:00:00.000Z'

/** Live events, and what somebody was told: an inbox is one person's, so that of others nothing in it is there. */
export const notificationsTable: Readonly<Record<string, Entry>> = {
  'notifications.stream': {
    says: 'Streams the events that the caller may hear, as they happen; those of documents and folders need documents:read, those of flows and runs flows:read but for one’s own tasks.', input: () => ({}),
    also: [{ ids: { documentId: { rule: 'readsDocument', absent: 'ok' } }, input: (ids) => ({ documentId: ids['documentId'] }) }],
  },
  'notifications.list': {
    says: 'Lists what the caller was told, as far as they still see what it is about.', input: () => ({}), also: [{ input: () => ({ unread: true }) }],
  },
  'notifications.unreadCount': { says: 'Counts what of it they have not read.' },
  'notifications.markRead': {
    says: 'Marks some or all of it as read.', ids: { id: { rule: 'ownNotification', absent: 'ok' } }, input: (ids) => ({ ids: [ids['id']] }),
    also: [{ input: () => ({ all: true, before: LATER }) }],
  },
  'notifications.preferences.get': { says: 'Reads what the caller is told, and how.' },
  'notifications.preferences.set': {
    says: 'Changes what the caller is told, and how; mail on security is always sent.', input: () => ({ digest: 'hourly', kinds: { shared: { mail: 'off' } } }),
  },
}
