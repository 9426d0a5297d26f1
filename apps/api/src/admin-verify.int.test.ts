import { PLATFORM_ORG_ID, type InstallationCheck } from '@intellidocs/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAdministration, type Administration } from './admin.testkit.ts'
import { codeOf, data } from './api.testkit.ts'

let house: Administration
beforeAll(async () => { house = await openAdministration() })
afterAll(() => house.close())

test('of 20 checks that are asked for at once one is begun, in the chain of the installation, and another once it is over', async () => {
  expect(codeOf(await house.look('verify.get'))).toBe('admin.check_not_found')
  const answers = await Promise.all(Array.from({ length: 20 }, () => house.act('verify.start', { hash: true })))
  const begun = answers.filter(({ status }) => status === 200)
  expect([begun.length, new Set(answers.filter(({ status }) => status !== 200).map(codeOf))]).toEqual([1, new Set(['admin.check_running'])])
  const check = data<InstallationCheck>(await house.look('verify.get'))
  expect(check).toMatchObject({ state: 'queued', hash: true, askedBy: house.adminId, orgs: { done: 0, total: 0 }, counts: {} })
  expect(await house.actions(PLATFORM_ORG_ID, check.id)).toEqual(['admin.check-started'])
  expect(data(await house.act('verify.cancel', { id: check.id }))).toMatchObject({ id: check.id, state: 'cancelled', cancelAsked: true })
  expect(codeOf(await house.act('verify.cancel', { id: check.id }))).toBe('admin.check_over')
  expect(await house.actions(PLATFORM_ORG_ID, check.id)).toEqual(['admin.check-started', 'admin.check-cancelled'])
  const next = data<InstallationCheck>(await house.act('verify.start', {}))
  expect([next.id === check.id, next.hash, data<InstallationCheck>(await house.look('verify.get', { id: check.id })).state]).toEqual([false, false, 'cancelled'])
})
