import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { codeOf, data, mutate, query, signIn, startTestApi, type TestApi } from './api.testkit.ts'
import { mailedInvitation, newPerson, wideLimits, type Person } from './people.testkit.ts'

let api: TestApi
let owner: Record<string, string>
beforeAll(async () => {
  api = await startTestApi({ rateLimits: wideLimits, signUp: 'open' })
  owner = await signIn(api.url)
})
afterAll(() => api.close())

/** Somebody new, by an invitation that they accept. */
async function newMember(name: string, role = 'editor'): Promise<Person> {
  const person = await newPerson(api, name)
  data(await mutate(api.url, 'orgs.invitations.create', { email: person.email, role }, owner))
  data(await mutate(api.url, 'orgs.invitations.accept', { token: await mailedInvitation(api, person.email) }, person.headers))
  return { ...person, headers: { ...person.headers, 'x-intellidocs-org': 'main' } }
}

/** A socket that listens to the organization's events. */
async function listen(token: string): Promise<WebSocket> {
  const socket = new WebSocket(`${api.url.replace('http', 'ws')}/trpc?connectionParams=1`)
  const started = Promise.withResolvers<void>()
  socket.on('message', (raw: Buffer) => {
    if ((JSON.parse(raw.toString()) as { result?: { type?: string } }).result?.type === 'started') started.resolve()
  })
  await once(socket, 'open')
  socket.send(JSON.stringify({ method: 'connectionParams', data: { token, org: 'main' } }))
  socket.send(JSON.stringify({ id: 1, method: 'subscription', params: { path: 'notifications.stream' } }))
  await started.promise
  return socket
}
const bearer = (headers: Record<string, string>): string => headers['authorization']?.slice(7) ?? ''

test.each([
  ['suspended', 'orgs.members.suspend'], ['removed', 'orgs.members.remove'],
])('a member who is %s hears nothing more on an open socket, by session or by key, and is refused at once', async (what, path) => {
  const member = await newMember(`member-${what}`)
  const { secret } = data<{ secret: string }>(await mutate(api.url, 'users.apiKeys.create', { name: 'ci' }, member.headers))
  const key = { authorization: `Bearer ${secret}` }
  const sockets = await Promise.all([listen(bearer(member.headers)), listen(secret)])
  const closed = sockets.map((socket) => once(socket, 'close'))
  data(await mutate(api.url, path, { userId: member.id }, owner))
  expect(codeOf(await query(api.url, 'documents.list', {}, member.headers))).toBe('org.not_found')
  expect((await query(api.url, 'documents.list', {}, key)).status).toBe(401)
  await Promise.all(closed)
})

test('a key of somebody whose role shrinks shrinks with it', async () => {
  const member = await newMember('member-shrinks')
  const { secret } = data<{ secret: string }>(await mutate(api.url, 'users.apiKeys.create', { name: 'ci' }, member.headers))
  const key = { authorization: `Bearer ${secret}` }
  data(await mutate(api.url, 'orgs.members.setRole', { userId: member.id, role: 'guest' }, owner))
  expect(codeOf(await query(api.url, 'orgs.members.list', {}, key))).toBe('auth.forbidden')
})

test('a deleted organization is closed to its members at once and on their sockets, and open again once an owner says so', async () => {
  const member = await newMember('member-stays')
  const socket = await listen(bearer(member.headers))
  const closed = once(socket, 'close')
  data(await mutate(api.url, 'orgs.delete', { slug: 'main' }, owner))
  for (const headers of [member.headers, owner]) expect(codeOf(await query(api.url, 'documents.list', {}, headers))).toBe('org.not_found')
  await closed
  expect(codeOf(await mutate(api.url, 'orgs.undelete', undefined, member.headers))).toBe('org.not_found')
  data(await mutate(api.url, 'orgs.undelete', undefined, owner))
  expect((await query(api.url, 'documents.list', {}, member.headers)).status).toBe(200)
})
