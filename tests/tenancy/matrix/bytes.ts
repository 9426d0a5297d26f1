import { newId, type Authz } from '@intellidocs/kernel'
import type { Procedure } from './cases.ts'
import type { Entry, Ids, Shape } from './entry.ts'

/** What is sent instead of a call's input. */
export type ByteRequest = { readonly method: string; readonly path: string; readonly headers: Readonly<Record<string, string>>; readonly body?: string }
type RouteShape = Omit<Shape, 'input'> & { readonly input: (ids: Ids, unique: string) => ByteRequest }
type Route = { readonly authz: Authz; readonly changes: boolean; readonly entry: Omit<Entry, 'input' | 'also'> & RouteShape & { readonly also?: readonly RouteShape[] } }

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const get = (path: string): ByteRequest => ({ method: 'GET', path, headers: {} })
const upload = (unique: string, headers: Record<string, string>): ByteRequest =>
  ({ method: 'POST', path: '/api/v1/documents', headers: { 'x-file-name': `${unique}.txt`, 'content-type': 'text/plain', ...headers }, body: `bytes ${unique}` })
const tus = { 'tus-resumable': '1.0.0' }
const part = { ...tus, 'content-type': 'application/offset+octet-stream' }

function resumable(unique: string, metadata: Record<string, string>): ByteRequest {
  const body = `bytes ${unique}`
  const pairs = Object.entries({ filename: `${unique}.txt`, ...metadata }).map(([key, value]) => `${key} ${base64(value)}`)
  return { method: 'POST', path: '/api/v1/uploads', headers: { ...part, 'upload-length': String(body.length), 'upload-metadata': pairs.join(',') }, body }
}

const byLink = { authz: { public: true } } as const

const named = (id: unknown): string => encodeURIComponent(String(id))
const creates: Pick<Route, 'authz' | 'changes'> = { authz: { resource: 'documents', action: 'create' }, changes: true }

/** The ways in that are no procedures. An upload is its sender's, whatever they come in by; what it lacks when its bytes are all here is told then. */
export const routes: Readonly<Record<string, Route>> = {
  'GET /api/v1/documents/:id/content': {
    authz: { resource: 'documents', action: 'read' }, changes: false,
    entry: {
      says: 'Downloads the bytes of a document.', malformed: 'document.not_found',
      ids: { id: 'readsDocument' }, input: (ids) => get(`/api/v1/documents/${named(ids['id'])}/content`),
      also: [{ ids: { id: 'readsDocument' }, input: (ids) => get(`/api/v1/documents/${named(ids['id'])}/content?version=1`) }],
    },
  },
  'GET /api/v1/documents/:id/content?form=searchable-pdf': {
    authz: { resource: 'documents', action: 'read' }, changes: false,
    entry: {
      says: 'Downloads a document as a PDF in which recognized words can be found.', malformed: 'document.not_found', ends: ['document.not_read', 'document.not_searchable'],
      ids: { id: 'readsDocument' }, input: (ids) => get(`/api/v1/documents/${named(ids['id'])}/content?form=searchable-pdf`),
      also: [{ ids: { id: 'readsDocument' }, input: (ids) => get(`/api/v1/documents/${named(ids['id'])}/content?form=searchable-pdf&version=1`) }],
    },
  },
  'GET /api/v1/documents/:id/pages/:page/image': {
    authz: { resource: 'documents', action: 'read' }, changes: false,
    entry: {
      says: 'Sends a page as a picture.', malformed: 'document.not_found', ends: ['page.no_picture'],
      ids: { id: 'readsDocument' }, input: (ids) => get(`/api/v1/documents/${named(ids['id'])}/pages/1/image`),
      also: [{ ids: { id: 'readsDocument' }, input: (ids) => get(`/api/v1/documents/${named(ids['id'])}/pages/1/image?version=1&width=100&highlight=0-4`) }],
    },
  },
  'GET /api/v1/documents/:id/thumbnail': {
    authz: { resource: 'documents', action: 'read' }, changes: false,
    entry: {
      says: 'Sends the first page as a small picture.', malformed: 'document.not_found', ends: ['page.no_picture'],
      ids: { id: 'readsDocument' }, input: (ids) => get(`/api/v1/documents/${named(ids['id'])}/thumbnail`),
      also: [{ ids: { id: 'readsDocument' }, input: (ids) => get(`/api/v1/documents/${named(ids['id'])}/thumbnail?version=1`) }],
    },
  },
  'POST /api/v1/documents': {
    ...creates,
    entry: {
      says: 'Makes a document, or a new version of one, of the bytes that are sent.', input: (_, unique) => upload(unique, {}), ends: ['document.state'],
      also: [
        { ids: { folderId: 'seesFolder' }, input: (ids, unique) => upload(unique, { 'x-folder-id': String(ids['folderId']) }) },
        { ids: { documentId: 'editsDocument' }, input: (ids, unique) => upload(unique, { 'x-document-id': String(ids['documentId']) }) },
      ],
    },
  },
  'POST /api/v1/uploads': {
    ...creates,
    entry: {
      says: 'Begins an upload that survives cuts.', input: (_, unique) => resumable(unique, {}), ends: ['document.state'],
      also: [
        { ids: { folderId: 'seesFolder' }, input: (ids, unique) => resumable(unique, { folderId: String(ids['folderId']) }) },
        { ids: { documentId: 'editsDocument' }, input: (ids, unique) => resumable(unique, { documentId: String(ids['documentId']) }) },
      ],
    },
  },
  'GET /api/v1/uploads/:id': {
    authz: { signedIn: true }, changes: false,
    entry: {
      says: 'Tells how far an upload has come.', membersOnly: 'org.not_found', malformed: 'upload.not_found',
      ids: { id: 'ownUpload' }, input: (ids) => get(`/api/v1/uploads/${named(ids['id'])}`),
    },
  },
  'PATCH /api/v1/uploads/:id': {
    ...creates,
    entry: {
      says: 'Adds bytes to an upload.', malformed: 'upload.not_found', ids: { id: 'ownUpload' },
      input: (ids) => ({ method: 'PATCH', path: `/api/v1/uploads/${named(ids['id'])}`, headers: { ...part, 'upload-offset': '0' }, body: 'half' }),
    },
  },
  'DELETE /api/v1/uploads/:id': {
    ...creates,
    entry: {
      says: 'Gives an upload up.', malformed: 'upload.not_found', ids: { id: 'ownUpload' },
      input: (ids) => ({ method: 'DELETE', path: `/api/v1/uploads/${named(ids['id'])}`, headers: tus }),
    },
  },
  'GET /api/v1/runs/:id/certificate': {
    authz: { resource: 'flows', action: 'read' }, changes: false,
    entry: {
      says: 'Downloads the certificate of a run; members:read, as it names people with their addresses.', malformed: 'run.not_found', ends: ['certificate.not_yet'],
      may: ({ holds }) => (holds.has('members:read') ? null : 'auth.forbidden'),
      ids: { id: 'seesRun' }, input: (ids) => get(`/api/v1/runs/${named(ids['id'])}/certificate`),
      also: [{ ids: { id: 'seesRun' }, input: (ids) => get(`/api/v1/runs/${named(ids['id'])}/certificate?format=json`) }],
    },
  },
  'GET /api/v1/unsubscribe': {
    ...byLink, changes: false,
    entry: { says: 'Shows a button that ends mails of the kind of the link.', input: (_, unique) => get(`/api/v1/unsubscribe?token=${unique}`), ends: ['auth.token_invalid'] },
  },
  'POST /api/v1/unsubscribe': {
    ...byLink, changes: true,
    entry: {
      says: "Ends mails of the kind of the link to the link's person; the token of the link is the whole right.",
      input: (_, unique) => ({ ...get(`/api/v1/unsubscribe?token=${unique}`), method: 'POST' }), ends: ['auth.token_invalid'],
    },
  },
  'GET /s/:token': {
    ...byLink, changes: false,
    entry: { says: 'Shows what a link leads to, or what it takes to open it.', input: (_, unique) => get(`/s/${unique}`), ends: ['share.not_found'] },
  },
  'POST /s/:token': {
    ...byLink, changes: true,
    entry: {
      says: 'Opens a link with its password, or with a code that was mailed; the token of the link is the right to what it leads to.',
      input: (_, unique) => ({ ...get(`/s/${unique}`), method: 'POST' }), ends: ['share.not_found'],
    },
  },
  'POST /s/:token/code': {
    ...byLink, changes: true,
    entry: { says: 'Mails a code to an address that may open a link.', input: (_, unique) => ({ ...get(`/s/${unique}/code`), method: 'POST' }), ends: ['share.not_found'] },
  },
  'GET /s/:token/d/:documentId': {
    ...byLink, changes: false,
    entry: {
      says: "Shows a document of a folder's link that was opened.", input: (_, unique) => get(`/s/${unique}/d/${newId()}`), ends: ['share.not_found'],
    },
  },
  'GET /s/:token/d/:documentId/pages/:page': {
    ...byLink, changes: false,
    entry: { says: 'Sends a picture of a page, to whoever opened the link.', input: (_, unique) => get(`/s/${unique}/d/${newId()}/pages/1`), ends: ['share.not_found'] },
  },
  'GET /s/:token/d/:documentId/content': {
    ...byLink, changes: false,
    entry: { says: 'Downloads a document, to whoever opened the link.', input: (_, unique) => get(`/s/${unique}/d/${newId()}/content`), ends: ['share.not_found'] },
  },
  'GET /r/:token': {
    ...byLink, changes: false,
    entry: { says: 'Shows the form by which files are handed in, or asks for its password.', input: (_, unique) => get(`/r/${unique}`), ends: ['upload_link.closed'] },
  },
  'POST /r/:token/unlock': {
    ...byLink, changes: false,
    entry: { says: 'Shows the form to whoever knows its password.', input: (_, unique) => ({ ...get(`/r/${unique}/unlock`), method: 'POST' }), ends: ['upload_link.closed'] },
  },
  'POST /r/:token': {
    ...byLink, changes: true,
    entry: {
      says: 'Hands files in, in the name of whoever made the link; its token is the whole right, with a password where there is one.',
      input: (_, unique) => ({ ...get(`/r/${unique}`), method: 'POST' }), ends: ['upload_link.closed'],
    },
  },
  'POST /webhooks/stripe': {
    ...byLink, changes: true,
    entry: {
      says: 'Takes what Stripe tells of a customer; its signature is the whole right.',
      input: () => ({ ...get('/webhooks/stripe'), method: 'POST' }), ends: ['billing.signature'],
    },
  },
  'GET /api/v1/audit/export': {
    authz: { resource: 'audit', action: 'export' }, changes: false,
    entry: {
      says: 'Streams the audit.', input: () => get('/api/v1/audit/export'),
      also: [{ ids: { actorId: { rule: 'anyMember', absent: 'ok' } }, input: (ids) => get(`/api/v1/audit/export?actorId=${named(ids['actorId'])}`) }],
    },
  },
}

function baseOf(authz: Authz): 'public' | 'user' | 'org' {
  if ('public' in authz) return 'public'
  return 'signedIn' in authz ? 'user' : 'org'
}

/** The routes as the cases take procedures. */
export const byteRoutes: readonly Procedure[] = Object.entries(routes).map(([path, { authz, changes, entry }]) => ({
  path, kind: changes ? 'mutation' : 'query', meta: { base: baseOf(authz), authz }, takesInput: false, entry,
}))
