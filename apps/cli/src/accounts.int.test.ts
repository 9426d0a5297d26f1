import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMIN, startApiProcess, type ApiProcess } from './api-process.testkit.ts'
import { runCli } from './run.testkit.ts'
import { codeOf, openInvited, openOwner, openTerminal, PASSWORD, platformTrail, refusal, type Terminal } from './terminals.testkit.ts'

let api: ApiProcess
let dir: string
let owner: Terminal
let ada: Terminal
let recoveryCodes: string[]

beforeAll(async () => {
  api = await startApiProcess()
  dir = await mkdtemp(join(tmpdir(), 'intellidocs-cli-accounts-'))
  owner = await openOwner(api, dir)
  ada = await openInvited(api, { dir, email: 'ada@example.org', by: owner, role: 'editor' })
})
afterAll(async () => {
  await api.close()
  await rm(dir, { recursive: true })
})

test('whoami says role, permissions, second factor and whether the address is confirmed', async () => {
  expect((await ada.run('whoami', '--json')).json()).toMatchObject({
    user: { email: ada.email }, org: { slug: 'main' }, role: 'editor', emailVerified: true, secondFactor: false,
    permissions: expect.arrayContaining(['documents:edit']),
  })
  const { stdout } = await ada.run('whoami')
  expect(stdout).toContain('second factor off')
  expect(stdout).toMatch(/^may: documents:read /m)
})

test('without an invitation nobody makes an account, and the refusal says who can invite', async () => {
  const eve = openTerminal(api, { dir, email: 'eve@example.org' })
  const ran = await eve.piped(PASSWORD, 'signup', '--email', eve.email, '--name', 'Eve', '--password-stdin')
  expect(ran).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('ask somebody who manages the members') })
  expect(await eve.piped(PASSWORD, 'login', '--email', eve.email, '--password-stdin')).toMatchObject({ code: 1 })
})

test('a second factor is switched on by a code of the app; the session goes on and the codes are shown once', async () => {
  const { secret } = (await ada.piped(PASSWORD, 'second-factor', 'begin', '--password-stdin', '--json')).json() as { secret: string }
  expect(await ada.run('second-factor', 'confirm', '000000')).toMatchObject({ code: 1, stdout: '' })
  const ran = await ada.run('second-factor', 'confirm', codeOf(secret, 'now'), '--json')
  expect(ran.code).toBe(0)
  recoveryCodes = (ran.json() as { recoveryCodes: string[] }).recoveryCodes
  expect(recoveryCodes).toHaveLength(10)
  expect((await ada.run('whoami', '--json')).json()).toMatchObject({ secondFactor: true })
  const code = codeOf(secret, 'later')
  expect(await ada.piped(PASSWORD, 'login', '--email', ada.email, '--password-stdin', '--code', code)).toMatchObject({ code: 0 })
  const again = await ada.piped(PASSWORD, 'login', '--email', ada.email, '--password-stdin', '--code', code)
  expect(again).toMatchObject(refusal('was used already'))
})

test('where nobody can be asked for the code, login says that --code is needed and keeps no token', async () => {
  const fresh = openTerminal(api, { dir: join(dir, 'fresh'), email: ada.email })
  const ran = await fresh.piped(PASSWORD, 'login', '--email', ada.email, '--password-stdin')
  expect(ran).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--code') })
  expect(await fresh.run('whoami')).toMatchObject(refusal('intellidocs login'))
})

test('at a terminal login asks for the code, takes a recovery code once, and shows nothing that was typed', async () => {
  const [code = ''] = recoveryCodes
  const ran = await ada.asked([PASSWORD, 'wrong-code', code], 'login', '--email', ada.email)
  expect(ran.code).toBe(0)
  expect(ran.stderr).toContain('This code is wrong')
  for (const secret of [PASSWORD, 'wrong-code', code]) expect(ran.stdout + ran.stderr).not.toContain(secret)
  expect(await ada.piped(PASSWORD, 'login', '--email', ada.email, '--password-stdin', '--code', code)).toMatchObject({ code: 1 })
})

test('who belongs to several organizations signs in all the same, and is told to choose; an unknown one leaves no session behind', async () => {
  const dan = await openInvited(api, { dir, email: 'dan@example.org', by: owner, role: 'viewer' })
  expect(await dan.run('orgs', 'create', 'Second')).toMatchObject({ code: 0 })
  const fresh = openTerminal(api, { dir: join(dir, 'several'), email: dan.email })
  const login = (...more: string[]) => fresh.piped(PASSWORD, 'login', '--email', dan.email, '--password-stdin', ...more)
  const sessions = async () => ((await dan.run('sessions', '--json')).json() as { sessions: unknown[] }).sessions.length
  const before = await sessions()
  expect(await login('--org', 'third')).toMatchObject(refusal('You do not belong to an organization "third"; yours: main, second.'))
  expect([await sessions(), (await fresh.run('whoami')).code]).toEqual([before, 1])
  expect(await login()).toMatchObject({ code: 0, stderr: expect.stringContaining('choose one with "intellidocs orgs use": main, second.') })
  expect(await fresh.run('ls')).toMatchObject(refusal('Name the organization with --org'))
  expect(await fresh.run('orgs', 'use', 'second')).toMatchObject({ code: 0 })
  expect(await login()).toMatchObject({ code: 0, stdout: expect.stringContaining('organization Second (second)') })
})

test('who lost app and codes is let in again from the machine with the database: written down, told by mail, and their sessions end', async () => {
  const dora = await openInvited(api, { dir, email: 'dora@example.org', by: owner, role: 'viewer' })
  const takeOff = (...more: string[]) => runCli(['second-factor', 'take-off', dora.email, ...more], { env: { ...dora.env, ...api.env } })
  expect(await takeOff('--yes')).toMatchObject(refusal('has no second factor that is on'))
  const { secret } = (await dora.piped(PASSWORD, 'second-factor', 'begin', '--password-stdin', '--json')).json() as { secret: string }
  expect(await dora.run('second-factor', 'confirm', codeOf(secret, 'now'))).toMatchObject({ code: 0 })
  expect(await takeOff()).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') })
  expect((await dora.run('whoami', '--json')).json()).toMatchObject({ secondFactor: true })

  expect(await takeOff('--yes')).toMatchObject({ code: 0, stdout: 'The second factor of dora@example.org is off, and 1 session ended. A mail tells them.\n' })
  expect(await dora.run('whoami')).toMatchObject({ code: 1 })
  expect(await dora.piped(PASSWORD, 'login', '--email', dora.email, '--password-stdin')).toMatchObject({ code: 0 })
  expect((await dora.run('whoami', '--json')).json()).toMatchObject({ secondFactor: false })
  const told = await platformTrail(api, dora.email)
  expect(told.audit).toMatchObject({ actor_kind: 'system', data: { before: { secondFactor: true }, after: { secondFactor: false }, by: 'operator', sessionsEnded: 1 } })
  expect(told.mail).toMatchObject({ to: dora.email, template: 'second-factor-changed', data: { change: 'taken-off' } })
  expect(told.deliveries).toBe(1)
})

test('an address without an account is no answer to somebody without the database, and a sentence to who has it', async () => {
  expect(await runCli(['second-factor', 'take-off', 'none@example.org', '--yes'], { env: { ...owner.env, ...api.env } })).toMatchObject(refusal('No account has the address'))
  expect(await runCli(['second-factor', 'take-off', ada.email, '--yes'], { env: { ...owner.env, DATA_DIR: join(dir, 'nowhere') } })).toMatchObject(refusal('There is no installation here'))
})

test('an API key is shown once, does what its scopes say and no more, and opens nothing after its revocation', async () => {
  const made = await owner.run('keys', 'create', 'reader', '--scopes', 'documents:read,members:read', '--expires', '1')
  expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('shown this once') })
  const secret = made.stdout.trim()
  const withKey = { XDG_CONFIG_HOME: join(dir, 'program'), INTELLIDOCS_URL: api.url, INTELLIDOCS_TOKEN: secret }
  expect(await runCli(['ls'], { env: withKey })).toMatchObject({ code: 0 })
  const refused = await runCli(['groups', 'create', 'mine'], { env: withKey })
  expect(refused).toMatchObject(refusal('This API key lacks groups:manage; its owner can make one that holds it'))
  expect(await ada.run('keys', 'create', 'too-much', '--scopes', 'documents:read,members:manage')).toMatchObject(refusal('It takes members:manage.'))
  const listed = await owner.run('keys')
  expect(listed.stdout).toContain('reader')
  expect(listed.stdout).not.toContain(secret)
  expect(await owner.run('keys', 'revoke', 'reader')).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') })
  expect(await runCli(['ls'], { env: withKey })).toMatchObject({ code: 0 })
  expect(await owner.asked(['other'], 'keys', 'revoke', 'reader')).toMatchObject(refusal('nothing was changed'))
  expect(await owner.asked(['reader'], 'keys', 'revoke', 'reader')).toMatchObject({ code: 0 })
  expect(await runCli(['ls'], { env: withKey })).toMatchObject({ code: 1 })
})

test.each([
  [['keys', 'create', 'k', '--scopes', 'documents:fly']], [['keys', 'create', 'k', '--expires', '0']], [['orgs', 'nonsense']],
  [['roles', 'create', 'r', '--permissions', 'orgs:delete']], [['grant', 'x', 'org', 'own']], [['login', '--api-key-stdin', '--code', '1']],
])('%j is called wrongly: 2 and a sentence', async (args) => {
  const ran = await owner.run(...args)
  expect(ran).toMatchObject({ code: 2, stdout: '' })
  expect(ran.stderr).not.toBe('')
})

test('a new password ends the other sessions and not this one; the wrong one changes nothing', async () => {
  const bob = await openInvited(api, { dir, email: 'bob@example.org', by: owner, role: 'viewer' })
  const phone = openTerminal(api, { dir: join(dir, 'phone'), email: bob.email })
  expect(await phone.piped(PASSWORD, 'login', '--email', bob.email, '--password-stdin')).toMatchObject({ code: 0 })
  expect(await bob.piped('wrong one\nanother good password', 'password', '--passwords-stdin')).toMatchObject(refusal('wrong'))
  expect(await phone.run('whoami')).toMatchObject({ code: 0 })
  const ran = await bob.asked([PASSWORD, 'another good password'], 'password')
  expect(ran.code).toBe(0)
  for (const secret of [PASSWORD, 'another good password']) expect(ran.stdout + ran.stderr).not.toContain(secret)
  expect(await phone.run('whoami')).toMatchObject({ code: 1 })
  expect(await bob.run('whoami')).toMatchObject({ code: 0 })
})

test('sessions name where somebody is signed in, and one is ended without the others', async () => {
  const phone = openTerminal(api, { dir: join(dir, 'phone'), email: ADMIN.email })
  expect(await phone.piped(ADMIN.password, 'login', '--email', ADMIN.email, '--password-stdin')).toMatchObject({ code: 0 })
  const { sessions } = (await phone.run('sessions', '--json')).json() as { sessions: { id: string; current: boolean }[] }
  expect(sessions).toHaveLength(2)
  expect((await phone.run('sessions')).stdout).toMatch(/^\*.* intellidocs( on \w+)?$/m)
  expect(await owner.run('sessions', 'revoke', sessions.find(({ current }) => current)?.id ?? '')).toMatchObject({ code: 0 })
  expect(await phone.run('whoami')).toMatchObject({ code: 1 })
  expect(await owner.run('whoami')).toMatchObject({ code: 0 })
})

test('a forgotten password is answered alike for known and unknown addresses, and a made-up link sets none', async () => {
  const nobody = openTerminal(api, { dir, email: 'nobody@example.org' })
  const [known, unknown] = [await nobody.run('password', 'forgotten', ada.email), await nobody.run('password', 'forgotten', nobody.email)]
  expect(known).toMatchObject({ code: 0, stdout: unknown.stdout, stderr: unknown.stderr })
  expect(await nobody.piped(PASSWORD, 'password', 'set', 'made-up-token-made-up', '--password-stdin')).toMatchObject({ code: 1, stdout: '' })
})

test('logout --everywhere ends the sessions on all devices, and no others', async () => {
  const laptop = openTerminal(api, { dir: join(dir, 'laptop'), email: ADMIN.email })
  expect(await laptop.piped(ADMIN.password, 'login', '--email', ADMIN.email, '--password-stdin')).toMatchObject({ code: 0 })
  const config = join(dir, ADMIN.email, 'intellidocs', 'config.json')
  const before = JSON.parse(await readFile(config, 'utf8')) as { installations: Record<string, { token: string }> }
  expect((await owner.run('logout', '--everywhere', '--json')).json()).toMatchObject({ signedOut: true, revoked: true, others: 1 })
  expect(await laptop.run('whoami')).toMatchObject(refusal('intellidocs login'))
  const old = { ...owner.env, INTELLIDOCS_TOKEN: before.installations[api.url]?.token ?? '' }
  expect(await runCli(['whoami'], { env: old })).toMatchObject({ code: 1 })
  expect(await ada.run('whoami')).toMatchObject({ code: 0 })
})
