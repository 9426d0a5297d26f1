import type { Entry } from './entry.ts'

const id = { ids: { id: 'seesShare' }, input: (ids) => ({ id: ids['id'] }) } as const satisfies Partial<Entry>

/** Public links, for those who make them; whoever opens one is nobody here. */
export const sharesTable: Readonly<Record<string, Entry>> = {
  'documents.shares.create': {
    says: 'Makes a public link to a document or a folder, as far as the organization allows it.', ids: { documentId: 'managesDocument' },
    input: (ids, unique) => ({ documentId: ids['documentId'], note: unique }), ends: ['document.state'],
    also: [{ ids: { folderId: 'managesFolder' }, input: (ids, unique) => ({ folderId: ids['folderId'], note: unique, viewLimit: 1 }) }],
  },
  'documents.shares.list': {
    says: "Lists the caller's own links; those of others need documents:manage.", input: () => ({}),
    also: [
      { ids: { documentId: { rule: 'readsDocument', absent: 'ok' } }, input: (ids) => ({ documentId: ids['documentId'] }) },
      { ids: { folderId: { rule: 'seesFolder', absent: 'ok' } }, input: (ids) => ({ folderId: ids['folderId'] }) },
    ],
  },
  'documents.shares.update': {
    says: 'Changes what a link allows, and what it takes to open it.', ids: id.ids, input: (ids, unique) => ({ id: ids['id'], note: unique }), ends: ['share.revoked'],
  },
  'documents.shares.revoke': { says: 'Revokes a link, at once and for good.', ...id },
  'documents.shares.activity': { says: 'Lists who opened a link, and what of it they looked at.', ...id },
  'documents.shares.policy.get': { says: 'Reads what the organization allows of links, and its presets.' },
  'documents.shares.policy.set': { says: 'Sets them, for links that are there as well.', input: () => ({ passwordRequired: false }) },
}
