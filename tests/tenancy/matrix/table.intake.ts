import type { Entry } from './entry.ts'

/** Links by which others hand files in, for those who make them; whoever uses one is nobody here. */
export const intakeTable: Readonly<Record<string, Entry>> = {
  'documents.uploadRequests.create': {
    says: 'Makes a link by which others hand files into a folder.', ids: { folderId: 'editsFolder' },
    input: (ids, unique) => ({ folderId: ids['folderId'], title: unique }),
  },
  'documents.uploadRequests.list': {
    says: "Lists the caller's own upload requests; those of others need documents:manage.", input: () => ({}),
    also: [{ ids: { folderId: { rule: 'seesFolder', absent: 'ok' } }, input: (ids) => ({ folderId: ids['folderId'] }) }],
  },
  'documents.uploadRequests.update': {
    says: 'Changes what an upload request takes, and for how long.', ids: { id: 'seesUploadRequest' }, input: (ids, unique) => ({ id: ids['id'], title: unique }),
    ends: ['upload_request.revoked'],
  },
  'documents.uploadRequests.revoke': { says: 'Ends an upload request for good; what has come stays.', ids: { id: 'seesUploadRequest' }, input: (ids) => ({ id: ids['id'] }) },
}
