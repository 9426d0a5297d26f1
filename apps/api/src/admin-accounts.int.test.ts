import { PLATFORM_ORG_ID, type AdminUser, type SecondFactorReset } from '@intellidocs/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openAdministration, REASON, type Administration } from './admin.testkit.ts'
import { codeOf, data, mutate, query } from './api.testkit.ts'
import { kindsOf, mailsTo, newPerson, PASSWORD, securityLog, signInAs, type Person } from './people.testkit.ts'

let house: Administration
beforeAll(async () => { house = await openAdministration() })
afterAll(async () => { await house?.close() })
const act: Administration['act'] = (...call) => house.act(...call)
const look: Administration['look'] = (...call) => house.look(...call)

describe('accounts', () => {
  test('are found by a part of their address, with what they belong to', async () => {
    const { id, owner } = await house.newOrg()
    expect(data<{ items: AdminUser[] }>(await look('users.find', { search: owner.email.slice(0, -3) })).items).toMatchObject([
      { id: owner.id, status: 'active', secondFactor: false, platformAdmin: false, sessions: 1 },
    ])
    expect(data(await look('users.get', { id: owner.id }))).toMatchObject({ orgs: [{ orgId: id, role: 'owner', active: true }] })
  })

  test('a suspended one has no session, opens nothing by a key, and cannot sign in until it is resumed', async () => {
    const { headers, owner } = await house.newOrg()
    const { secret } = data<{ secret: string }>(await mutate(house.api.url, 'users.apiKeys.create', { name: 'ci' }, headers))
    const key = { authorization: `Bearer ${secret}` }
    expect(data(await act('users.suspend', { id: owner.id, reason: REASON }))).toMatchObject({ status: 'suspended', sessions: 0 })
    expect([(await query(house.api.url, 'documents.list', {}, headers)).status, (await query(house.api.url, 'documents.list', {}, key)).status]).toEqual([401, 401])
    expect(codeOf(await mutate(house.api.url, 'auth.signIn', { email: owner.email, password: PASSWORD }))).toBe('auth.invalid_credentials')
    expect(codeOf(await act('users.suspend', { id: owner.id, reason: REASON }))).toBe('admin.user_state')
    data(await act('users.resume', { id: owner.id }))
    expect((await query(house.api.url, 'documents.list', {}, key)).status).toBe(200)
    expect(kindsOf(await securityLog(house.api, await signInAs(house.api, owner.email)))).toEqual(expect.arrayContaining(['account-suspended', 'account-resumed']))
    expect(await house.actions(PLATFORM_ORG_ID, owner.id)).toEqual(expect.arrayContaining(['users.suspended.v1', 'users.resumed.v1']))
  })

  test('signing out ends every session and leaves the account open', async () => {
    const { owner, headers } = await house.newOrg()
    expect(data(await act('users.signOut', { id: owner.id, reason: REASON }))).toEqual({ id: owner.id, sessions: 1 })
    expect((await query(house.api.url, 'auth.me', undefined, headers)).status).toBe(401)
    await signInAs(house.api, owner.email)
  })

  test('of two administrators who suspend each other at once, one is left, twenty times over; nobody suspends themselves', async () => {
    expect(codeOf(await act('users.suspend', { id: house.adminId, reason: REASON }))).toBe('admin.own_account')
    for (let round = 0; round < 20; round += 1) {
      const left = await Promise.all([act('users.suspend', { id: house.second.id, reason: REASON }), act('users.suspend', { id: house.adminId, reason: REASON }, house.second.headers)])
      expect(left.filter(({ status }) => status === 200)).toHaveLength(1)
      await house.signInAgain()
    }
  })
})

describe('a second factor that is lost', () => {
  const ofSomebody = async (name: string): Promise<Person> => {
    const person = await newPerson(house.api, name)
    await house.giveFactor(person.id)
    return person
  }
  const hasFactor = async (userId: string): Promise<boolean> => (await house.sql.query('select from second_factor where user_id = $1', [userId])).rowCount === 1
  const ask = async (userId: string): Promise<SecondFactorReset> => data(await act('users.resetSecondFactor', { id: userId, reason: REASON }))

  test('is taken off by two administrators: who asks does not approve; 20 approvals at once take it off once', async () => {
    const person = await ofSomebody('loser')
    const { id, state } = await ask(person.id)
    expect([state, await hasFactor(person.id)]).toEqual(['open', true])
    expect(codeOf(await act('users.resets.approve', { id }))).toBe('admin.second_person')
    expect(codeOf(await act('users.resetSecondFactor', { id: person.id, reason: REASON }, house.second.headers))).toBe('admin.reset_open')
    expect(await hasFactor(person.id)).toBe(true)
    const answers = await Promise.all(Array.from({ length: 20 }, () => act('users.resets.approve', { id }, house.second.headers)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(new Set(answers.map(codeOf))).toEqual(new Set([undefined, 'admin.reset_not_found']))
    expect(await hasFactor(person.id)).toBe(false)
    expect((await query(house.api.url, 'auth.me', undefined, person.headers)).status).toBe(401)
    expect((await mailsTo(house.api, person.email)).filter(({ template }) => template === 'second-factor-changed')).toMatchObject([{ data: { change: 'taken-off' } }])
    const told = (await house.trail(PLATFORM_ORG_ID, person.id)).filter(({ action }) => action.startsWith('users.second-factor'))
    expect(told.map(({ action, actor }) => [action, actor])).toEqual([
      ['users.second-factor-reset-asked.v1', house.adminId], ['users.second-factor-reset-decided.v1', house.second.id], ['users.second-factor-changed.v1', house.second.id],
    ])
  })

  test('an administrator does not approve what is about themselves, and a refused or late request takes nothing off', async () => {
    const third = await house.newAdministrator('third')
    await house.giveFactor(third.id)
    await house.sql.query('update session set second_factor_at = now() where user_id = $1', [third.id])
    const { id } = await ask(third.id)
    expect(codeOf(await act('users.resets.approve', { id }, third.headers))).toBe('admin.second_person')
    expect(data(await act('users.resets.refuse', { id }, house.second.headers))).toMatchObject({ state: 'refused', decidedBy: house.second.id })
    expect(codeOf(await act('users.resets.approve', { id }, house.second.headers))).toBe('admin.reset_not_found')
    const late = await ask(third.id)
    await house.sql.query(`update second_factor_reset set expires_at = now() - interval '1 second' where id = $1`, [late.id])
    expect(codeOf(await act('users.resets.approve', { id: late.id }, house.second.headers))).toBe('admin.reset_not_found')
    expect(data<{ items: SecondFactorReset[] }>(await look('users.resets.list', { state: 'expired' })).items.map((one) => one.id)).toEqual([late.id])
    expect(await hasFactor(third.id)).toBe(true)
    await house.sql.query('update user_account set platform_admin = false where id = $1', [third.id])
  })

  test('what somebody asked for who is no administrator any more is not approved', async () => {
    const [asker, person] = [await house.newAdministrator('asker'), await ofSomebody('asked-for')]
    const { id } = data<SecondFactorReset>(await act('users.resetSecondFactor', { id: person.id, reason: REASON }, asker.headers))
    await house.sql.query('update user_account set platform_admin = false where id = $1', [asker.id])
    expect(codeOf(await act('users.resets.approve', { id }))).toBe('admin.reset_not_found')
    expect(await hasFactor(person.id)).toBe(true)
  })

  test('where one administrator is left, nothing is asked for', async () => {
    const person = await ofSomebody('alone')
    await house.sql.query('update user_account set platform_admin = false where id <> $1', [house.adminId])
    expect(codeOf(await act('users.resetSecondFactor', { id: person.id, reason: REASON }))).toBe('admin.second_person')
    await house.sql.query('update user_account set platform_admin = true where id = $1', [house.second.id])
    expect(await hasFactor(person.id)).toBe(true)
  })
})
