import { once } from 'node:events'
import type { Document, LiveEvent, OrgId, UserId } from '@intellidocs/contracts'
import { newId } from '@intellidocs/kernel'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { ADMIN, codeOf, data, get, mutate, query, signIn, startTestApi, type TestApi } from './api.testkit.ts'

const WORD = 'quibblewort'
const viewer = { email: 'viewer@example.test', password: ADMIN.password, id: newId() as UserId }
let api: TestApi
let admin: Record<string, string>
let theirs: Record<string, string>
let orgId: OrgId
beforeAll(async () => {
  api = await startTestApi()
  await api.database.database.run({ kind: 'identity' }, async (tx) => {
    const owner = await tx.user.findUniqueOrThrow({ where: { email: ADMIN.email } })
    const place = await tx.membership.findFirstOrThrow({ where: { userId: owner.id } })
    orgId = place.orgId as OrgId
    await tx.user.create({ data: { id: viewer.id, email: viewer.email, name: 'Viewer', passwordHash: owner.passwordHash, emailVerifiedAt: new Date() } })
    await tx.membership.create({ data: { orgId, userId: viewer.id, role: 'viewer' } })
  })
  admin = await signIn(api.url)
  theirs = await signIn(api.url, { email: viewer.email, password: viewer.password })
})
afterAll(() => api.close())

async function upload(name: string, folderId?: string): Promise<Document> {
  const response = await fetch(`${api.url}/api/v1/documents`, {
    method: 'POST', body: `${name} ${WORD}`, headers: { ...admin, 'x-file-name': name, ...(folderId === undefined ? {} : { 'x-folder-id': folderId }) },
  })
  expect(response.status).toBe(201)
  return ((await response.json()) as { document: Document }).document
}

/** As the worker would leave it: one page, its passages, published. */
async function index({ id, versionId, name }: Document): Promise<void> {
  const unit = { kind: 'tenant', orgId, userId: viewer.id } as const
  const { database } = api.database
  await database.run(unit, async (tx) => {
    await tx.$executeRaw`update document_version set state = 'processing' where id = ${versionId}::uuid`
    await tx.$executeRaw`insert into page (org_id, version_id, number, text, source, attempt) values (${orgId}::uuid, ${versionId}::uuid, 1, ${WORD}, 'text', 1)`
  })
  await api.api.modules.search.passageIndex.index(
    { orgId, documentId: id, versionId, attempt: 1, title: name, language: 'en', pages: [{ number: 1, text: WORD }], first: true }, () => undefined,
    new AbortController().signal)
  await database.run(unit, (tx) => tx.$executeRaw`
    with v as (update document_version set state = 'ready' where id = ${versionId}::uuid)
    update document set published_version_id = current_version_id where id = ${id}::uuid`)
}

async function listen(): Promise<{ socket: WebSocket; events: LiveEvent[]; errors: unknown[] }> {
  const socket = new WebSocket(`${api.url.replace('http', 'ws')}/trpc?connectionParams=1`)
  const [events, errors, started] = [[] as LiveEvent[], [] as unknown[], Promise.withResolvers<void>()]
  socket.on('message', (raw: Buffer) => {
    const { result, error } = JSON.parse(raw.toString()) as { result?: { type?: string; data?: { data: LiveEvent | null } }; error?: unknown }
    if (result?.type === 'started') started.resolve()
    const event = result?.data?.data ?? null
    if (event !== null) events.push(event)
    if (error !== undefined) errors.push(error)
  })
  await once(socket, 'open')
  socket.send(JSON.stringify({ method: 'connectionParams', data: { token: theirs['authorization']?.slice(7) ?? '', org: 'main' } }))
  socket.send(JSON.stringify({ id: 1, method: 'subscription', params: { path: 'notifications.stream' } }))
  await started.promise
  return { socket, events, errors }
}

/** What the viewer sees of a document on each way to it. */
async function ways(id: string): Promise<Record<string, unknown>> {
  const { items } = data<{ items: { id: string }[] }>(await query(api.url, 'documents.list', {}, theirs))
  const { hits } = data<{ hits: { documentId: string }[] }>(await query(api.url, 'search.query', { query: WORD }, theirs))
  const asked = async (path: string) => codeOf(await query(api.url, path, { id }, theirs)) ?? 'seen'
  const content = await get(`${api.url}/api/v1/documents/${id}/content`, theirs)
  return {
    list: items.some((item) => item.id === id), search: hits.some(({ documentId }) => documentId === id), get: await asked('documents.get'),
    pages: await asked('documents.pages'), versions: await asked('documents.versions.list'), download: content.status,
  }
}
const seen = { list: true, search: true, get: 'seen', pages: 'seen', versions: 'seen', download: 200 }
const hidden = { list: false, search: false, get: 'document.not_found', pages: 'document.not_found', versions: 'document.not_found', download: 404 }

test('a grant that is taken away hides what it showed on every way at once, silences an open stream without closing it, and shows it again', async () => {
  const folder = data<{ id: string }>(await mutate(api.url, 'documents.folders.create', { name: 'kept', visibility: 'restricted' }, admin))
  const kept = await upload('kept.txt', folder.id)
  const open = await upload('open.txt')
  await Promise.all([index(kept), index(open)])
  const { socket, events, errors } = await listen()
  expect(await ways(kept.id)).toEqual(hidden)

  const grant = { folderId: folder.id, principal: { user: viewer.id } }
  const rename = async (document: Document) => {
    const { revision } = data<Document>(await mutate(api.url, 'documents.update', { id: document.id, name: `${newId()}.txt` }, admin))
    return (event: LiveEvent) => event.documentId === document.id && event.payload['revision'] === revision
  }
  /** Whether the stream tells of a change of the kept document; one of the open document behind it is told in any case. */
  const told = async (): Promise<boolean> => {
    const [isKept, isOpen] = [await rename(kept), await rename(open)]
    await expect.poll(() => events.some(isOpen), { timeout: 20_000 }).toBe(true)
    return events.some(isKept)
  }
  expect(await told()).toBe(false)
  data(await mutate(api.url, 'documents.grants.set', { ...grant, level: 'view' }, admin))
  expect(await ways(kept.id)).toEqual(seen)
  await expect.poll(told, { timeout: 20_000 }).toBe(true)

  data(await mutate(api.url, 'documents.grants.remove', grant, admin))
  expect(await ways(kept.id)).toEqual(hidden)
  await expect.poll(told, { timeout: 20_000 }).toBe(false)
  for (let time = 0; time < 3; time += 1) expect(await told()).toBe(false)

  data(await mutate(api.url, 'documents.grants.set', { ...grant, level: 'view' }, admin))
  expect(await ways(kept.id)).toEqual(seen)
  await expect.poll(told, { timeout: 20_000 }).toBe(true)
  expect([socket.readyState, errors]).toEqual([WebSocket.OPEN, []])
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
  socket.terminate()
}, 120_000)
