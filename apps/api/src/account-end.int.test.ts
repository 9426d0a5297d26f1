import { afterAll, beforeAll, expect, test } from 'vitest'
import { PLATFORM_ORG_ID, SYSTEM_USER_ID } from '@intellidocs/contracts'
import { codeOf, data, mutate, query, signIn, startTestApi, type TestApi } from './api.testkit.ts'
import { lastMail, mailedInvitation, newPerson, PASSWORD, signInAs, wideLimits, type Person } from './people.testkit.ts'

let api: TestApi
beforeAll(async () => { api = await startTestApi({ signUp: 'open', rateLimits: wideLimits }) })
afterAll(async () => { await api.close() })

type Org = { id: string; slug: string }
const identity = <T>(work: Parameters<TestApi['database']['database']['run']>[1]): Promise<T> => api.database.database.run({ kind: 'identity' }, work) as Promise<T>
const inOrg = ({ headers }: Person, { slug }: Org): Record<string, string> => ({ ...headers, 'x-intellidocs-org': slug })
const found = async (owner: Person, slug: string): Promise<Org> => data<Org>(await mutate(api.url, 'orgs.create', { name: slug, slug }, owner.headers))
const end = ({ headers }: Person, password = PASSWORD) => mutate(api.url, 'users.delete', { password }, headers)
const owners = (org: Org): Promise<number> => identity((tx) => tx.membership.count({ where: { orgId: org.id, role: 'owner' } }))

async function join(member: Person, org: { by: Person; org: Org; role: string }): Promise<void> {
  data(await mutate(api.url, 'orgs.invitations.create', { email: member.email, role: org.role }, inOrg(org.by, org.org)))
  data(await mutate(api.url, 'orgs.invitations.accept', { token: await mailedInvitation(api, member.email) }, member.headers))
}

const events = (userId: string) => api.database.database.run({ kind: 'tenant', orgId: PLATFORM_ORG_ID, userId: SYSTEM_USER_ID }, async (tx) => ({
  events: await tx.event.findMany({ where: { type: 'users.deleted.v1', actorId: userId }, select: { payload: true } }),
  audit: await tx.audit.findMany({ where: { subjectId: userId, action: 'users.deleted.v1' }, select: { actorId: true } }),
}))

test('an account that ends leaves nothing that opens and no name, and its history stays', async () => {
  const [owner, person] = [await newPerson(api, 'founder'), await newPerson(api, 'leaver')]
  const org = await found(owner, 'left-behind')
  await join(person, { by: owner, org, role: 'editor' })
  const { secret } = data<{ secret: string }>(await mutate(api.url, 'users.apiKeys.create', { name: 'ci' }, inOrg(person, org)))
  const elsewhere = await signInAs(api, person.email)
  const before = await identity<{ kind: string }[]>((tx) => tx.securityLogEntry.findMany({ where: { userId: person.id } }))

  expect(data(await end(person))).toEqual({ deleted: true })
  for (const headers of [person.headers, elsewhere, { authorization: `Bearer ${secret}` }]) expect(codeOf(await query(api.url, 'auth.me', undefined, headers))).toBe('auth.required')
  expect(codeOf(await mutate(api.url, 'auth.signIn', { email: person.email, password: PASSWORD }))).toBe('auth.invalid_credentials')
  const [account, ...rest] = await identity<{ email: string; name: string; status: string }[]>((tx) => tx.user.findMany({ where: { id: person.id } }))
  expect(rest).toEqual([])
  expect(account).toMatchObject({ status: 'deleted', email: `${person.id}@deleted.invalid`, name: 'Deleted account', emailVerifiedAt: null })
  expect(codeOf(await mutate(api.url, 'auth.signIn', { email: account?.email, password: PASSWORD }))).toBe('auth.invalid_credentials')
  const left = await identity<number[]>(async (tx) => [
    await tx.session.count({ where: { userId: person.id } }), await tx.membership.count({ where: { userId: person.id } }),
    await tx.apiKey.count({ where: { userId: person.id } }), await tx.oneTimeToken.count({ where: { userId: person.id } }),
  ])
  expect(left).toEqual([0, 0, 0, 0])
  const after = await identity<{ kind: string }[]>((tx) => tx.securityLogEntry.findMany({ where: { userId: person.id }, orderBy: { id: 'asc' } }))
  expect(after.map(({ kind }) => kind)).toEqual([...before.map(({ kind }) => kind), 'account-deleted', 'sign-in-refused'])
  expect(await events(person.id)).toEqual({ events: [{ payload: { userId: person.id, orgs: [org.id] } }], audit: [{ actorId: person.id }] })
  expect(await lastMail(api, person.email, 'account-deleted')).toMatchObject({ name: 'leaver' })
})

test('the address is free again, and who takes it is somebody else', async () => {
  const person = await newPerson(api, 'phoenix')
  data(await end(person))
  const again = await newPerson(api, 'phoenix')
  expect(again.id).not.toBe(person.id)
  expect(data<{ items: unknown[] }>(await query(api.url, 'users.securityLog', {}, again.headers)).items).toHaveLength(2)
})

test('the last owner is refused by name of what would be left, and nothing is changed', async () => {
  const [owner, member] = [await newPerson(api, 'last-owner'), await newPerson(api, 'mere-member')]
  const org = await found(owner, 'orphan')
  await join(member, { by: owner, org, role: 'admin' })
  const answer = await end(owner)
  expect([answer.status, codeOf(answer)]).toEqual([409, 'account.last_owner'])
  expect(answer.body).toMatchObject({ error: { data: { details: { orgs: [{ slug: 'orphan', name: 'orphan' }] } } } })
  expect(data(await query(api.url, 'auth.me', undefined, inOrg(owner, org)))).toMatchObject({ role: 'owner' })
  expect(await events(owner.id)).toEqual({ events: [], audit: [] })
})

test('an owner whose account was suspended is no owner to leave an organization to', async () => {
  const [owner, other] = [await newPerson(api, 'leaving-owner'), await newPerson(api, 'absent-owner')]
  const org = await found(owner, 'half-owned')
  await join(other, { by: owner, org, role: 'owner' })
  await identity((tx) => tx.user.updateMany({ where: { id: other.id }, data: { status: 'suspended' } }))
  expect(codeOf(await end(owner))).toBe('account.last_owner')
  await identity((tx) => tx.user.updateMany({ where: { id: other.id }, data: { status: 'active' } }))
  expect((await end(owner)).status).toBe(200)
})

test('of two owners who leave at the same moment one stays', async () => {
  const [first, second] = [await newPerson(api, 'one-of-two'), await newPerson(api, 'two-of-two')]
  const org = await found(first, 'contested')
  await join(second, { by: first, org, role: 'owner' })
  const answers = await Promise.all([end(first), end(second)])
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409])
  expect(await owners(org)).toBe(1)
})

test('of an owner who hands over and the new one who leaves at the same moment an owner stays', async () => {
  for (let n = 0; n < 5; n += 1) {
    const [owner, heir] = [await newPerson(api, `handing-over-${n}`), await newPerson(api, `heir-${n}`)]
    const org = await found(owner, `handed-over-${n}`)
    await join(heir, { by: owner, org, role: 'editor' })
    const [given, ended] = await Promise.all([mutate(api.url, 'orgs.transferOwnership', { userId: heir.id }, inOrg(owner, org)), end(heir)])
    expect(await owners(org)).toBe(1)
    expect([given.status === 200, ended.status === 200].filter(Boolean)).toHaveLength(1)
  }
})

test('an organization that is being deleted keeps nobody, and is opened again by nobody who left', async () => {
  const owner = await newPerson(api, 'closing-down')
  const org = await found(owner, 'closed-down')
  data(await mutate(api.url, 'orgs.delete', { slug: org.slug }, inOrg(owner, org)))
  expect(data(await end(owner))).toEqual({ deleted: true })
  expect((await mutate(api.url, 'orgs.undelete', undefined, inOrg(owner, org))).status).toBe(401)
  expect(await owners(org)).toBe(0)
})

test('the wrong password ends nothing', async () => {
  const person = await newPerson(api, 'undecided')
  expect(codeOf(await end(person, 'not the password'))).toBe('auth.password_wrong')
  expect((await query(api.url, 'auth.me', undefined, person.headers)).status).toBe(200)
  expect(codeOf(await end({ ...person, headers: await signIn(api.url) }))).toBe('auth.password_wrong')
})

test('while a hold is on all that is theirs in an organization, an account does not end, and does after the release', async () => {
  const [owner, person] = [await newPerson(api, 'holder'), await newPerson(api, 'custodian')]
  const org = await found(owner, 'in-a-suit')
  await join(person, { by: owner, org, role: 'editor' })
  const { id } = data<{ id: string }>(await mutate(api.url, 'retention.holds.place', { name: 'Case 12', reason: 'a suit', on: { ownerId: person.id } }, inOrg(owner, org)))
  const refused = await end(person)
  expect(codeOf(refused)).toBe('retention.held')
  expect(JSON.stringify(refused)).not.toMatch(new RegExp(`${id}|Case 12`))
  expect(await events(person.id)).toEqual({ events: [], audit: [] })
  expect(codeOf(await query(api.url, 'documents.list', {}, inOrg(person, org)))).toBeUndefined()
  data(await mutate(api.url, 'retention.holds.release', { id, reason: 'settled' }, inOrg(owner, org)))
  expect(data(await end(person))).toEqual({ deleted: true })
})
