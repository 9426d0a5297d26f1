import type { Entry } from './entry.ts'

const held = (on: unknown, unique: string) => ({ name: unique, reason: 'a case of the matrix', on })

const rule = (unique: string, more: Record<string, unknown> = {}) => ({ name: unique, on: { tag: `ruled ${unique}` }, keepDays: 1, ...more })

/** Legal holds and rules of retention. Those that the cases make are on nothing that other cases delete. */
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
  'retention.rules.list': { says: 'Lists the rules of retention.' },
  'retention.rules.set': {
    says: 'Makes a rule of retention, or changes one.', input: (_, unique) => rule(unique), ends: ['retention_rule.limit'],
    also: [
      { ids: { id: 'anyRule' }, input: (ids, unique) => rule(unique, { id: ids['id'] }) },
      { ids: { folderId: 'seesFolder' }, input: (ids, unique) => rule(unique, { on: { folderId: ids['folderId'] } }) },
    ],
  },
  'retention.rules.remove': { says: 'Removes a rule of retention.', ids: { id: 'anyRule' }, input: (ids) => ({ id: ids['id'] }) },
  'retention.trash.get': { says: 'Tells after how many days the trash is emptied by itself.' },
  'retention.trash.set': { says: 'Sets after how many days the trash is emptied by itself.', input: () => ({ days: 30 }) },
  'retention.releases.list': { says: 'Lists what waits for a release before it is deleted; names are those of documents that the caller reads.', input: () => ({}) },
  'retention.releases.record': {
    says: 'Releases a document that is due; not by a key.', inPerson: 'auth.session_required', ids: { documentId: { rule: 'dueDocument', absent: 'release.not_found' }, ruleId: { rule: 'anyRule', absent: 'release.not_found' } },
    input: (ids) => ({ documentId: ids['documentId'], ruleId: ids['ruleId'], note: 'a case of the matrix' }), ends: ['release.not_found'],
  },
  'retention.tombstones.list': { says: 'Lists what is left of documents that rules or the time of the trash deleted.', input: () => ({}), also: [
    { ids: { documentId: { rule: 'dueDocument', absent: 'ok' } }, input: (ids) => ({ documentId: ids['documentId'] }) },
  ] },
  'retention.tombstones.keys': { says: 'Tells the keys by which tombstones are verified.' },
}
