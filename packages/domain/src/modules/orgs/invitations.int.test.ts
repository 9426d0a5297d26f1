import { newId } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { failure, openOrgs, type Orgs } from './orgs.testkit.ts'

let house: Orgs
let a: TestOrg
let address: string
beforeAll(async () => { house = await openOrgs() })
afterAll(() => house.close())
beforeEach(async () => {
  a = await house.org('A')
  address = `${newId()}@example.test`
  house.mails.length = 0
})

async function invite(more: object = {}) {
  const { invitation } = await house.as(a.admin).invitations.create({ email: address, role: 'editor', ...more })
  return { invitation, token: house.mailedToken() }
}
const membersOf = () => house.rows('select user_id::text as "userId", role from membership where org_id = $1 order by user_id', [a.org.id])

async function refused(work: () => Promise<unknown>, code: string): Promise<void> {
  const all = async () => [await membersOf(), await house.events(a.org.id), await house.rows('select id from invitation where org_id = $1', [a.org.id])]
  const before = await all()
  await expect(work()).rejects.toMatchObject(failure(code))
  expect(await all()).toEqual(before)
}

test('an invitation is mailed, told nobody else, kept as a hash, and makes a member of the account that has its address', async () => {
  const answer = await house.as(a.admin).invitations.create({ email: address, role: 'editor', locale: 'pt' })
  const [{ invitation }, token] = [answer, house.mailedToken()]
  expect(JSON.stringify([answer, await house.as(a.admin).invitations.list({}), await house.events(a.org.id), await house.audit(a.org.id)])).not.toContain(token)
  expect(house.mails).toMatchObject([{ to: address, locale: 'pt', template: 'invitation', data: { token, orgName: 'A', expiresAt: invitation.expiresAt } }])
  expect(JSON.stringify(await house.rows('select * from invitation'))).not.toContain(token)
  expect(Date.parse(invitation.expiresAt) - Date.parse(invitation.createdAt)).toBe(7 * 86_400_000)
  const guest = await house.account(address)
  expect(await house.asPerson(guest).invitations.accept({ token })).toMatchObject({ id: a.org.id, role: 'editor' })
  expect(await membersOf()).toContainEqual({ userId: guest, role: 'editor' })
  expect((await house.events(a.org.id)).at(-1)).toEqual({ type: 'orgs.member-joined.v1', payload: { userId: guest, role: 'editor', roleId: null } })
  expect((await house.audit(a.org.id)).at(-1)).toMatchObject({
    action: 'orgs.member-joined.v1', data: { before: null, after: { role: 'editor' }, invitation: invitation.id, invitedBy: a.admin.userId },
  })
  expect(house.attempts).toContain(`invitation ${guest}`)
})

test('fifty at once spend it once', async () => {
  const { token } = await invite()
  const guest = await house.account(address)
  const results = await Promise.allSettled(Array.from({ length: 50 }, () => house.asPerson(guest).invitations.accept({ token })))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect((await membersOf()).filter(({ userId }: { userId?: string }) => userId === guest)).toHaveLength(1)
  for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject(failure('invitation.invalid'))
}, 120_000)

test('whatever is wrong has one answer, and the invitation stays for whom it is for', async () => {
  const { token, invitation } = await invite()
  const [right, other, unproven] = [await house.account(address), await house.account(`other-${address}`), await house.account(`u-${address}`, false)]
  await refused(() => house.asPerson(other).invitations.accept({ token }), 'invitation.invalid')
  await refused(() => house.asPerson(unproven).invitations.accept({ token }), 'invitation.invalid')
  await refused(() => house.asPerson(right).invitations.accept({ token: `${token}x` }), 'invitation.invalid')
  await house.rows(`update user_account set email_verified_at = null where id = $1`, [right])
  await refused(() => house.asPerson(right).invitations.accept({ token }), 'invitation.invalid')
  await house.rows(`update user_account set email_verified_at = now() where id = $1`, [right])
  await house.rows(`update invitation set expires_at = now() where id = $1`, [invitation.id])
  await refused(() => house.asPerson(right).invitations.accept({ token }), 'invitation.invalid')
})

test('no key accepts one', async () => {
  const { token } = await invite()
  const guest = await house.account(address)
  await refused(() => house.as({ ...a.viewer, userId: guest, kind: 'apiKey' }).invitations.accept({ token }), 'auth.forbidden')
})

test('a new one for the same address takes the place of the old one', async () => {
  const first = await invite()
  const second = await invite({ role: 'viewer' })
  const guest = await house.account(address)
  await refused(() => house.asPerson(guest).invitations.accept({ token: first.token }), 'invitation.invalid')
  expect(await house.asPerson(guest).invitations.accept({ token: second.token })).toMatchObject({ role: 'viewer' })
})

test('a withdrawn one opens nothing, and is not there to be withdrawn again', async () => {
  const { token, invitation } = await invite()
  expect((await house.as(a.admin).invitations.list({})).items).toEqual([invitation])
  await house.as(a.owner).invitations.revoke({ id: invitation.id })
  const guest = await house.account(address)
  await refused(() => house.asPerson(guest).invitations.accept({ token }), 'invitation.invalid')
  await refused(() => house.as(a.owner).invitations.revoke({ id: invitation.id }), 'invitation.not_found')
})

test('one of another organization is not there', async () => {
  const { invitation } = await invite()
  const other = await house.org('B')
  await refused(() => house.as(other.owner).invitations.revoke({ id: invitation.id }), 'invitation.not_found')
  expect((await house.as(other.owner).invitations.list({})).items).toEqual([])
})

test('nobody invites to more than they hold, and whoever does not manage members invites nobody', async () => {
  await refused(() => invite({ role: 'owner' }), 'permission.exceeded')
  await refused(() => house.as(a.editor).invitations.create({ email: address, role: 'guest' }), 'auth.forbidden')
  expect(house.mails).toEqual([])
})

test('a member is not invited again', async () => {
  const { token } = await invite()
  await house.asPerson(await house.account(address)).invitations.accept({ token })
  await refused(() => invite(), 'invitation.member')
})

test.each<[string, () => Promise<unknown>]>([
  ['suspended', () => house.as(a.owner).members.suspend({ userId: a.admin.userId })],
  ['removed', () => house.as(a.owner).members.remove({ userId: a.admin.userId })],
  ['made an editor', () => house.as(a.owner).members.setRole({ userId: a.admin.userId, role: 'editor' })],
])('an invitation is worth nothing once whoever made it is %s', async (_what, change) => {
  const { token } = await invite()
  await change()
  const guest = await house.account(address)
  await expect(house.asPerson(guest).invitations.accept({ token })).rejects.toMatchObject(failure('invitation.invalid'))
  expect((await membersOf()).filter(({ userId }: { userId?: string }) => userId === guest)).toEqual([])
})

test('signing up by invitation makes account and member together, or neither', async () => {
  const { token } = await invite()
  const id = newId()
  const signUp = (email: string) => house.unitOfWork.runAsIdentity(async (tx) => {
    await tx.$executeRaw`insert into user_account (id, email, name, password_hash, email_verified_at) values (${id}::uuid, ${email}, 'New', 'x', now())`
    await house.orgs.invitationGate.accept(tx, house.personOf(id as never), { token, email })
  })
  await expect(signUp('somebody-else@example.test')).rejects.toMatchObject({ code: 'invitation.invalid' })
  expect(await house.rows('select id from user_account where id = $1', [id])).toEqual([])
  await signUp(address)
  expect(await membersOf()).toContainEqual({ userId: id, role: 'editor' })
})

test('an organization that is being deleted lets nobody in', async () => {
  const { token } = await invite()
  await house.as(a.owner).delete({ slug: a.org.slug })
  await refused(async () => house.asPerson(await house.account(address)).invitations.accept({ token }), 'invitation.invalid')
})
