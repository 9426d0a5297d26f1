import type { Entry } from './entry.ts'

const held = (on: unknown, unique: string) => ({ name: unique, reason: 'a case of the matrix', on })

/** Legal holds. Those that the cases place are on nothing that other cases delete. */
export const retentionTable: Readonly<Record<string, Entry>> = {
  'retention.holds.place': {
    says: 'Places a legal hold on documents, a folder, a tag, what is somebody\'s, or all.', input: (_, unique) => held({ tag: `held ${unique}` }, unique),
    also: [
      { ids: { folderId: 'seesFolder' }, input: (ids, unique) => held({ folderId: ids['folderId'] }, unique) },
      { ids: { documentId: 'readsDocument' }, input: (ids, unique) => held({ documents: [ids['documentId']] }, unique) },
      { ids: { ownerId: 'anyMember' }, input: (ids, unique) => held({ ownerId: ids['ownerId'] }, unique) },
    ],
  },
  'retention.holds.list': { says: 'Lists the legal holds.', input: () => ({}), also: [{ input: () => ({ state: 'standing' }) }] },
  'retention.holds.release': {
    says: 'Releases a legal hold for good; not by a key.', inPerson: 'auth.session_required', ids: { id: 'anyHold' },
    input: (ids) => ({ id: ids['id'], reason: 'a case of the matrix' }), ends: ['hold.released'],
  },
}
