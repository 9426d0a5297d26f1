import { readdir } from 'node:fs/promises'
import { SYSTEM_USER_ID, type OrgId } from '@intellidocs/contracts'
import { createAppRouter } from '@intellidocs/domain'
import { noSource, type Meta } from '@intellidocs/kernel'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, data, get, mutate, query, signIn, startTestApi, type TestApi } from './api.testkit.ts'

const DAY = 86_400_000
/** What a process remembers of a subscription, and some more. */
const KNOWN_MS = 1_200

/** Everything that goes on while a payment is overdue, and why. Whatever else changes an organization is refused. */
const goesOn: Readonly<Record<string, Meta['whileUnpaid']>> = {
  'search.opened': 'reading', 'notifications.markRead': 'reading', 'workflows.definitions.simulate': 'reading',
  'audit.checkpoint': 'exporting',
  'documents.trash': 'deleting', 'documents.purge': 'deleting', 'documents.folders.delete': 'deleting', 'documents.shares.revoke': 'deleting',
  'documents.uploadRequests.revoke': 'deleting', 'orgs.delete': 'deleting', 'orgs.members.remove': 'deleting', 'orgs.invitations.revoke': 'deleting',
  'orgs.groups.delete': 'deleting', 'orgs.roles.delete': 'deleting', 'users.apiKeys.revoke': 'deleting', 'webhooks.endpoints.delete': 'deleting',
  'retention.releases.record': 'deleting', 'retention.erasePerson': 'deleting',
  'subscriptions.checkout': 'paying', 'subscriptions.portal': 'paying', 'subscriptions.cancel': 'paying', 'subscriptions.reactivate': 'paying',
  'orgs.transferOwnership': 'paying',
  'workflows.runs.withdraw': 'deciding', 'workflows.runs.comment': 'deciding', 'workflows.tasks.decide': 'deciding', 'workflows.tasks.delegate': 'deciding',
  'workflows.tasks.reassign': 'deciding', 'workflows.tasks.delegations.revoke': 'deciding',
  'retention.holds.place': 'protecting', 'retention.holds.release': 'protecting', 'orgs.members.suspend': 'protecting', 'orgs.groups.removeMember': 'protecting',
  'orgs.supportAccess.revoke': 'protecting', 'documents.grants.remove': 'protecting', 'webhooks.endpoints.rotateSecret': 'protecting',
}

let api: TestApi
let admin: Record<string, string>
let orgId: OrgId
const subscriptions = () => api.api.modules.subscriptions
const by = { userId: SYSTEM_USER_ID, requestId: 'test', source: noSource }
const mutations = (): [string, Meta | undefined][] => Object.entries(createAppRouter(api.api.modules)._def.procedures as object as Record<string, { _def: { type: string; meta?: Meta } }>)
  .flatMap(([path, { _def: { type, meta } }]) => (type === 'mutation' ? [[path, meta]] : []))
const known = () => new Promise((resolve) => { setTimeout(resolve, KNOWN_MS) })
const owe = async (days: number) => {
  await subscriptions().setPlan(by, { orgId, plan: 'team', ...(days === 0 ? {} : { unpaidSince: new Date(Date.now() - days * DAY) }) })
  await known()
}
const send = (name: string) => fetch(`${api.url}/api/v1/documents`, { method: 'POST', headers: { ...admin, 'x-file-name': name }, body: `words of ${name}` })
let id: string
let folderId: string
beforeAll(async () => {
  api = await startTestApi()
  admin = await signIn(api.url)
  orgId = data<{ id: OrgId }>(await query(api.url, 'orgs.get', undefined, admin)).id
  id = (await (await send('a.txt')).json() as { document: { id: string } }).document.id
  folderId = data<{ id: string }>(await mutate(api.url, 'documents.folders.create', { name: 'a', parentId: null }, admin)).id
  await owe(15)
})
afterAll(() => api.close())

test('every mutation of an organization is refused while its payment is overdue, or named with why it goes on', async () => {
  const ofOrgs = mutations().filter(([, meta]) => meta?.base === 'org')
  expect(ofOrgs.length).toBeGreaterThan(60)
  expect(Object.fromEntries(ofOrgs.flatMap(([path, meta]) => (meta?.whileUnpaid === undefined ? [] : [[path, meta.whileUnpaid]])))).toEqual(goesOn)
  const answers = await Promise.all(ofOrgs.map(async ([path]): Promise<[string, boolean]> => [path, codeOf(await mutate(api.url, path, {}, admin)) === 'plan.read_only']))
  expect(answers.filter(([path, refused]) => refused === (goesOn[path] !== undefined))).toEqual([])
})

test('what is no mutation of an organization says nothing of its plan', () => {
  expect(mutations().filter(([, meta]) => meta?.base !== 'org' && meta?.whileUnpaid !== undefined)).toEqual([])
})

test('a refusal says why, since when, and who can end it; nothing was changed', async () => {
  const tries = [
    await mutate(api.url, 'documents.update', { id, name: 'b.txt', revision: 1 }, admin), await mutate(api.url, 'documents.move', { id, folderId, revision: 1 }, admin),
    await mutate(api.url, 'documents.tags.add', { ids: [id], tags: ['x'] }, admin), await mutate(api.url, 'documents.setMetadata', { id, fields: { a: '1' } }, admin),
    await mutate(api.url, 'documents.folders.rename', { id: folderId, name: 'b' }, admin), await mutate(api.url, 'documents.folders.create', { name: 'c', parentId: null }, admin),
    await mutate(api.url, 'users.apiKeys.create', { name: 'ci' }, admin),
  ]
  expect(tries.map(codeOf)).toEqual(tries.map(() => 'plan.read_only'))
  expect(tries.map(({ body }) => (body as { error: { data: { details: unknown } } }).error.data.details)).toContainEqual({ reason: 'payment_overdue', plan: 'team', since: expect.any(String), askRoles: ['owner'] })
  expect(data<{ items: unknown[] }>(await query(api.url, 'documents.list', {}, admin)).items).toMatchObject([{ name: 'a.txt', folderId: null, tags: [] }])
})

test('an upload is refused before its bytes are kept', async () => {
  const blobs = () => readdir(`${api.dataDir}/blobs`, { recursive: true })
  const before = await blobs()
  const answer = await send('b.txt')
  expect([answer.status, codeOf({ status: 0, headers: answer.headers, body: await answer.json() }), await blobs()]).toEqual([403, 'plan.read_only', before])
  const resumable = await fetch(`${api.url}/api/v1/uploads`, { method: 'POST', headers: { ...admin, 'tus-resumable': '1.0.0', 'upload-length': '3', 'upload-metadata': `filename ${btoa('c.txt')}` } })
  expect(resumable.status).toBe(403)
})

test('reading, exporting and deleting go on, and all of it once the payment is made', async () => {
  expect((await get(`${api.url}/api/v1/documents/${id}/content`, admin)).body).toBe('words of a.txt')
  expect((await fetch(`${api.url}/api/v1/audit/export?format=jsonl`, { headers: admin })).status).toBe(200)
  data(await mutate(api.url, 'documents.folders.delete', { id: folderId }, admin))
  await owe(0)
  expect((await send('b.txt')).ok).toBe(true)
  data(await mutate(api.url, 'documents.folders.create', { name: 'c', parentId: null }, admin))
})

test('within the grace of the plan nothing is refused', async () => {
  await owe(13)
  data(await mutate(api.url, 'documents.folders.create', { name: 'd', parentId: null }, admin))
})
