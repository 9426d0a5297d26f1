import { Readable } from 'node:stream'
import { sharingContract, type DocumentId, type FolderId, type Share } from '@intellidocs/contracts'
import { newId, type Actor } from '@intellidocs/kernel'
import { createTestOrg, type TestOrg } from '@intellidocs/testing'
import pg from 'pg'
import { movableClock, wideLimits } from '../people.testkit.ts'
import { startTestApi, type TestApiOptions } from '../api.testkit.ts'

/** What a link answered; `cookie` is what it wants to be shown next time. */
export type Seen = { readonly status: number; readonly text: string; readonly headers: Headers; readonly cookie: string | null }

/** One browser that holds a link: it keeps the cookie that it is given, and follows no redirect. */
export function browser(url: string, cookie: string | null = null) {
  const jar = { cookie }
  async function ask(path: string, init: RequestInit = {}): Promise<Seen> {
    const response = await fetch(url + path, {
      ...init, redirect: 'manual', headers: { ...init.headers as Record<string, string>, ...(jar.cookie === null ? {} : { cookie: jar.cookie }) },
    })
    const given = response.headers.getSetCookie()[0] ?? null
    if (given !== null) jar.cookie = given.split(';')[0] ?? null
    return { status: response.status, text: await response.text(), headers: response.headers, cookie: given }
  }
  const post = (path: string, fields: Record<string, string>): Promise<Seen> => ask(path, { method: 'POST', body: new URLSearchParams(fields) })
  return { jar, ask, get: (path = '', headers: Record<string, string> = {}) => ask(path, { headers }), post, open: (fields: Record<string, string> = {}) => post('', fields) }
}

/** The real API, an organization on it, and what tests of links do with both. */
export async function openLinks(options: TestApiOptions = {}) {
  const clock = movableClock()
  const api = await startTestApi({ rateLimits: wideLimits, clock, ...options })
  const admin = new pg.Client({ connectionString: api.database.adminUrl })
  await admin.connect()
  const { sharing, documents } = api.api.modules
  const rows = async <T extends object>(sql: string, values: unknown[] = []): Promise<T[]> => (await admin.query<T>(sql, values)).rows
  type Input = Parameters<typeof sharing.shares.create>[1]
  return {
    api, clock, sharing, documents, rows,
    org: (): Promise<TestOrg> => createTestOrg(api.database.database),
    async upload(actor: Actor, { name = 'Lease.txt', text = newId(), folderId = null, documentId }: { name?: string; text?: string | Buffer; folderId?: FolderId | null; documentId?: DocumentId } = {}): Promise<DocumentId> {
      const { sha256, size } = await api.blobs.put(actor.orgId, Readable.from([Buffer.from(text)]), { maxBytes: 1e8 })
      const { document } = await documents.accept(actor, {
        name, folderId, size, sha256, idempotencyKey: null, requestHash: newId(), onDuplicate: 'create', ...(documentId === undefined ? {} : { documentId }),
      })
      return document.id
    },
    /** A link as its maker gets it, with where it is served here. */
    async link(actor: Actor, input: Input): Promise<{ share: Share; url: string; token: string }> {
      const { share, url } = await sharing.shares.create(actor, sharingContract.createShare.input.parse(input))
      const { pathname } = new URL(url)
      return { share, url: api.url + pathname, token: pathname.slice('/s/'.length) }
    },
    async close() {
      await admin.end()
      await api.close()
    },
  }
}
export type Links = Awaited<ReturnType<typeof openLinks>>

/** Leaves a document as the worker does once it was read. */
export async function readAs({ rows }: Pick<Links, 'rows'>, id: DocumentId, { mime, pages, language = null }: { mime: string; pages: readonly string[]; language?: string | null }): Promise<void> {
  await rows("update document_version set mime = $2, pages = $3, language = $4, state = 'ready' where document_id = $1", [id, mime, pages.length, language])
  await rows(`insert into page (org_id, version_id, number, text, source, attempt) select v.org_id, v.id, t.number, t.text, 'text', v.attempt
    from document_version v, unnest($2::text[]) with ordinality as t(text, number) where v.document_id = $1`, [id, pages])
}
