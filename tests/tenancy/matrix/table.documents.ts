import type { Entry, Ids } from './entry.ts'

const id = { input: (ids: Ids) => ({ id: ids['id'] }) }
const onDocument = { documentId: 'managesDocument' } as const
const onFolder = { folderId: 'managesFolder' } as const
const principalUser = { rule: 'grantee', absent: 'grant.principal_unknown' } as const
const principalGroup = { rule: 'anyGroup', absent: 'grant.principal_unknown' } as const
const nobodyThere = { rule: 'anyMember', absent: 'ok' } as const

/** Documents, folders, grants and search. */
export const documentsTable: Readonly<Record<string, Entry>> = {
  'documents.list': {
    says: 'Lists what the caller reads.', input: () => ({}),
    also: [
      { input: () => ({ lifecycle: 'trashed' }) }, { input: () => ({ name: 'a' }) }, { input: () => ({ tag: 'zanzibarquokka' }) },
      { ids: { folderId: { rule: 'seesFolder', absent: 'ok' } }, input: (ids) => ({ folderId: ids['folderId'] }) },
    ],
  },
  'documents.get': { says: 'Reads what is known of a document.', ids: { id: 'readsDocument' }, ...id },
  'documents.pages': { says: 'Reads the text of the pages.', ids: { id: 'readsDocument' }, ...id, ends: ['version.not_found'] },
  'documents.pageImage': {
    says: 'Draws a page as a picture.', ids: { id: 'readsDocument' }, input: (ids) => ({ id: ids['id'], page: 1 }), ends: ['page.no_picture'],
    also: [{ ids: { id: 'readsDocument' }, input: (ids) => ({ id: ids['id'], version: 1, page: 1, spans: [{ start: 0, end: 4 }] }) }],
  },
  'documents.duplicates': { says: 'Finds documents of the same bytes or nearly the same text among those that the caller reads.', ids: { id: 'readsDocument' }, ...id },
  'documents.update': {
    says: 'Renames a document; its visibility needs level manage.', ids: { id: 'editsDocument' },
    input: (ids, unique) => ({ id: ids['id'], name: unique }), ends: ['document.state'],
    also: [{ ids: { id: 'managesDocument' }, input: (ids) => ({ id: ids['id'], visibility: 'restricted' }) }],
  },
  'documents.setMetadata': {
    says: 'Sets and removes fields of a document.', ids: { id: 'editsDocument' },
    input: (ids, unique) => ({ id: ids['id'], metadata: { matrix: unique, gone: null } }), ends: ['document.state'],
  },
  'documents.ocrLanguages.get': {
    says: 'Says in which languages pixels are read.', input: () => ({}),
    also: [
      { ids: { documentId: 'readsDocument' }, input: (ids) => ({ documentId: ids['documentId'] }) },
      { ids: { folderId: 'seesFolder' }, input: (ids) => ({ folderId: ids['folderId'] }) },
    ],
  },
  'documents.ocrLanguages.set': {
    says: 'Sets in which languages the pixels of a document, or of what is in a folder, are read.', ids: { documentId: 'editsDocument' },
    input: (ids) => ({ documentId: ids['documentId'], languages: ['eng'] }), ends: ['document.state'],
    also: [{ ids: { folderId: 'editsFolder' }, input: (ids) => ({ folderId: ids['folderId'], languages: ['eng'] }) }],
  },
  'documents.ocrLanguages.setDefault': { says: 'Sets in which languages pixels are read where nothing else is said.', input: () => ({ languages: ['eng'] }) },
  'documents.tags.add': {
    says: 'Tags a document.', ids: { id: 'editsDocument' }, input: (ids) => ({ id: ids['id'], tags: ['matrix'] }), ends: ['document.state'],
  },
  'documents.tags.remove': {
    says: 'Takes tags off a document.', ids: { id: 'editsDocument' }, input: (ids) => ({ id: ids['id'], tags: ['matrix'] }), ends: ['document.state'],
  },
  'documents.tags.list': { says: 'Lists the tags of the documents that the caller reads.', input: () => ({}) },
  'documents.move': {
    says: 'Puts a document into another folder; level manage where that changes who has it.', ids: { id: 'editsDocument', folderId: 'seesFolder' },
    input: (ids) => ({ id: ids['id'], folderId: ids['folderId'] }), ends: ['document.state'],
    also: [{ ids: { id: 'editsDocument' }, input: (ids) => ({ id: ids['id'], folderId: null }) }],
  },
  'documents.trash': { says: 'Puts a document into the trash.', ids: { id: 'deletesDocument' }, ...id },
  'documents.restore': { says: 'Takes a document out of the trash.', ids: { id: 'deletesDocument' }, ...id },
  'documents.purge': { says: 'Deletes a trashed document for good.', ids: { id: 'purgesDocument' }, ...id, ends: ['document.state'] },
  'documents.reprocess': { says: 'Has a document read again.', ids: { id: 'editsDocument' }, ...id, ends: ['document.state'] },
  'documents.reprocessing.preview': {
    says: 'Counts the documents of a selection that the caller may edit.', input: () => ({ where: { state: 'failed' } }),
    also: [{ ids: { folderId: { rule: 'seesFolder', absent: 'ok' } }, input: (ids) => ({ where: { folderId: ids['folderId'] } }) }],
  },
  'documents.reprocessing.start': { says: 'Has the documents of a selection that the caller may edit read again.', input: () => ({ where: { state: 'failed' } }) },
  'documents.reprocessing.list': { says: "Lists the caller's selections.", input: () => ({}) },
  'documents.cancel': { says: 'Stops the reading of a document.', ids: { id: 'editsDocument' }, ...id, ends: ['document.state'] },
  'documents.providePassword': {
    says: 'Gives the password of a locked file.', ids: { id: 'editsDocument' }, input: (ids) => ({ id: ids['id'], password: 'open' }), ends: ['document.state'],
  },
  'documents.versions.list': { says: 'Lists the versions of a document.', ids: { id: 'readsDocument' }, ...id },
  'documents.versions.restore': {
    says: 'Makes an older version the current one.', ids: { id: 'editsDocument' }, input: (ids) => ({ id: ids['id'], number: 1 }), ends: ['document.state', 'version.not_found'],
  },
  'documents.folders.create': {
    says: 'Makes a folder.', ids: { parentId: 'seesFolder' }, input: (ids, unique) => ({ name: unique, parentId: ids['parentId'] }),
  },
  'documents.folders.list': { says: 'Lists the folders that are shown to the caller.', input: () => ({}), also: [{ ids: { parentId: 'seesFolder' }, input: (ids) => ({ parentId: ids['parentId'] }) }] },
  'documents.folders.move': {
    says: 'Puts a folder below another; level manage of it and all below where that changes who has it.', ids: { id: 'editsFolder', parentId: 'seesFolder' }, input: (ids) => ({ id: ids['id'], parentId: ids['parentId'] }),
    also: [{ ids: { id: 'editsFolder' }, input: (ids) => ({ id: ids['id'], parentId: null }) }],
  },
  'documents.folders.rename': { says: 'Renames a folder.', ids: { id: 'editsFolder' }, input: (ids, unique) => ({ id: ids['id'], name: unique }) },
  'documents.folders.setVisibility': {
    says: 'Keeps a folder from the organization at large, or gives it back.', ids: { id: 'managesFolder' }, input: (ids) => ({ id: ids['id'], visibility: 'restricted' }),
  },
  'documents.folders.delete': { says: 'Deletes an empty folder.', ids: { id: 'editsFolder' }, ...id },
  'documents.grants.list': {
    says: 'Lists who was granted a document or a folder.', ids: onDocument, input: (ids) => ({ documentId: ids['documentId'] }),
    also: [{ ids: onFolder, input: (ids) => ({ folderId: ids['folderId'] }) }],
  },
  'documents.grants.set': {
    says: 'Grants a document or a folder to a member, a group or the organization.',
    ids: { ...onDocument, user: principalUser }, input: (ids) => ({ documentId: ids['documentId'], principal: { user: ids['user'] }, level: 'view' }),
    also: [
      { ids: { ...onDocument, group: principalGroup }, input: (ids) => ({ documentId: ids['documentId'], principal: { group: ids['group'] }, level: 'view' }) },
      { ids: { ...onFolder, user: principalUser }, input: (ids) => ({ folderId: ids['folderId'], principal: { user: ids['user'] }, level: 'view' }) },
      { ids: { ...onFolder, group: principalGroup }, input: (ids) => ({ folderId: ids['folderId'], principal: { group: ids['group'] }, level: 'view' }) },
    ],
  },
  'documents.grants.remove': {
    says: 'Takes a grant away.',
    ids: { ...onDocument, user: nobodyThere }, input: (ids) => ({ documentId: ids['documentId'], principal: { user: ids['user'] } }),
    also: [{ ids: { ...onFolder, user: nobodyThere }, input: (ids) => ({ folderId: ids['folderId'], principal: { user: ids['user'] } }) }],
  },
  'documents.grants.explain': {
    says: 'Says why somebody sees a document, or does not.', ids: { ...onDocument, userId: nobodyThere },
    input: (ids) => ({ documentId: ids['documentId'], userId: ids['userId'] }),
  },
  'search.ask': {
    says: 'Answers a question from what the caller reads, with proof; needs documents:read as well.', input: () => ({ question: 'What is the matrix?' }),
    also: [{ ids: { folderId: { rule: 'seesFolder', absent: 'ok' } }, input: (ids) => ({ question: 'What is the matrix?', filters: { folderId: ids['folderId'] } }) }],
  },
  'search.askStream': {
    says: 'The same, each claim as it comes.', input: () => ({ question: 'What is the matrix?' }),
    also: [{ ids: { folderId: { rule: 'seesFolder', absent: 'ok' } }, input: (ids) => ({ question: 'What is the matrix?', filters: { folderId: ids['folderId'] } }) }],
  },
  'search.opened': {
    says: 'Says which hit of an own search was opened, and its place.', ids: { documentId: 'readsDocument', queryId: 'ownQuery' },
    input: (ids) => ({ queryId: ids['queryId'], documentId: ids['documentId'], position: 1 }),
  },
  'search.suggest': { says: 'Says how a query may go on, and what was meant, from what the caller reads; needs documents:read as well.', input: () => ({ query: 'matr' }) },
  'search.similar': {
    says: 'Finds documents like one; needs documents:read as well.', ids: { documentId: 'readsDocument' }, input: (ids) => ({ documentId: ids['documentId'] }),
    also: [{ ids: { documentId: 'readsDocument', folderId: { rule: 'seesFolder', absent: 'ok' } }, input: (ids) => ({ documentId: ids['documentId'], filters: { folderId: ids['folderId'] } }) }],
  },
  'search.reindex': { says: 'Compares what search answers from with the documents and heals it, in the background.', input: () => ({}) },
  'search.reindexing': { says: 'Says how far that is, and what it found.', input: () => ({}) },
  'search.views.list': { says: 'Lists own views of searches, and those that members share.', input: () => ({}) },
  'search.views.create': { says: 'Keeps a search under a name.', input: (_, unique) => ({ name: unique, query: 'matrix', shared: true }), ownWords: true },
  'search.views.delete': { says: 'Deletes an own view.', ids: { id: 'ownView' }, ...id },
  'search.query': {
    says: 'Searches what the caller reads; needs documents:read as well.', input: () => ({ query: 'matrix', mode: 'keyword' }),
    also: [{ ids: { folderId: { rule: 'seesFolder', absent: 'ok' } }, input: (ids) => ({ query: 'matrix', mode: 'keyword', filters: { folderId: ids['folderId'] } }) }],
  },
}
