import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApiProcess, type ApiProcess } from './api-process.testkit.ts'
import { openInvited, openOwner, refusal, type Terminal } from './terminals.testkit.ts'

let api: ApiProcess
let dir: string
/** An administrator of the installation, who owns `main`, too. */
let admin: Terminal
let eve: Terminal
beforeAll(async () => {
  api = await startApiProcess()
  dir = await mkdtemp(join(tmpdir(), 'intellidocs-cli-admin-'))
  admin = await openOwner(api, dir)
  eve = await openInvited(api, { dir, email: 'eve@example.org', by: admin, role: 'viewer' })
})
afterAll(async () => {
  await api.close()
  await rm(dir, { recursive: true })
})

test('an organization is made for an owner, suspended by its typed name, resumed, deleted and restored, each told with its reason', async () => {
  expect(await admin.run('admin', 'create-org', 'acme', '--owner', 'eve@example.org')).toMatchObject({ code: 0, stdout: 'acme is there, and eve@example.org owns it.\n' })
  expect(await admin.run('admin', 'suspend-org', 'acme')).toMatchObject({ code: 2, stderr: expect.stringContaining('--reason') as string })
  expect(await admin.asked(['no'], 'admin', 'suspend-org', 'acme', '--reason', 'unpaid')).toMatchObject(refusal('nothing was changed'))
  expect(await admin.asked(['acme'], 'admin', 'suspend-org', 'acme', '--reason', 'unpaid')).toMatchObject({ code: 0 })
  expect((await admin.run('admin', 'org', 'acme')).stdout).toMatch(/suspended since .*\nWhy: unpaid\n/)
  expect(await eve.run('ls', '--org', 'acme')).toMatchObject(refusal('You belong to no such organization'))
  expect(await admin.run('admin', 'resume-org', 'acme')).toMatchObject({ code: 0, stdout: 'acme is open again.\n' })
  expect(await admin.run('admin', 'delete-org', 'acme', '--reason', 'asked to', '--yes')).toMatchObject({ code: 0, stdout: expect.stringContaining('restore-org acme') as string })
  expect(await admin.run('admin', 'restore-org', 'acme')).toMatchObject({ code: 0, stdout: expect.stringContaining('shut until') as string })
  expect(await admin.run('admin', 'resume-org', 'acme')).toMatchObject({ code: 0 })
  expect(await admin.run('admin', 'plan', 'acme', 'team', '--reason', 'bought')).toMatchObject({ code: 0, stdout: 'acme has the plan team.\n' })
  const { rows } = (await admin.run('admin', 'audit', '--action', 'admin.', '--json')).json() as { rows: { action: string }[] }
  expect(rows.map(({ action }) => action)).toEqual([
    'admin.org-plan-set', 'admin.org-resumed', 'admin.org-restored', 'admin.org-deleted', 'admin.org-resumed', 'admin.org-suspended', 'admin.org-created',
  ])
})

test('an account is found, shut out and let in again; whoever is no administrator is told so', async () => {
  expect((await admin.run('admin', 'users', 'eve@')).stdout).toContain('<eve@example.org>')
  expect(await admin.run('admin', 'suspend-user', 'eve@example.org', '--reason', 'stolen', '--yes')).toMatchObject({ code: 0 })
  expect(await eve.run('whoami')).toMatchObject({ code: 1 })
  expect(await admin.run('admin', 'resume-user', 'eve@example.org')).toMatchObject({ code: 0 })
  expect(await eve.piped('a good long password', 'login', '--email', 'eve@example.org', '--password-stdin')).toMatchObject({ code: 0 })
  expect(await eve.run('admin')).toMatchObject(refusal('Only an administrator of this installation'))
  expect(await admin.run('admin', 'reset-factor', 'eve@example.org', '--reason', 'lost')).toMatchObject({ code: 1 })
})

test('documents that wait are counted and cancelled by the typed count, what is parked and how the installation is are shown', async () => {
  const sent = await fetch(`${api.url}/api/v1/documents`, { method: 'POST', body: 'words', headers: {
    authorization: `Bearer ${((await admin.run('keys', 'create', 'ci', '--json')).json() as { secret: string }).secret}`, 'x-file-name': 'secret.txt',
  } })
  expect(sent.status).toBe(201)
  const jobs = await admin.run('admin', 'jobs', '--state', 'waiting')
  expect(jobs).toMatchObject({ code: 0, stdout: expect.stringMatching(/^waiting /) as string })
  expect(jobs.stdout).not.toContain('secret')
  expect(await admin.asked(['2'], 'admin', 'cancel-jobs', '--state', 'waiting', '--reason', 'stuck')).toMatchObject(refusal('nothing was changed'))
  expect(await admin.asked(['1'], 'admin', 'cancel-jobs', '--state', 'waiting', '--reason', 'stuck')).toMatchObject({ code: 0, stdout: '1 of 1 are ended.\n' })
  expect(await admin.run('admin', 'parked')).toMatchObject({ code: 0, stdout: 'None was given up.\n' })
  expect(await admin.run('admin', 'webhooks')).toMatchObject({ code: 0, stdout: 'None was given up.\n' })
  expect(await admin.run('admin', 'webhooks', '--kind', 'endpoint')).toMatchObject({ code: 0, stdout: 'None is paused.\n' })
  expect(await admin.run('admin', 'drop-webhooks', '--kind', 'endpoint', '--reason', 'old', '--yes')).toMatchObject({ code: 0, stdout: '0 of 0 are dropped.\n' })
  expect((await admin.run('admin', 'health')).stdout).toMatch(/works +database[^]*Versions: node \d+/)
})

test('a check of storage and index is begun, told of and cancelled; without a worker it waits', async () => {
  expect(await admin.run('admin', 'verify', '--last')).toMatchObject(refusal('There is no such check'))
  expect(await admin.run('admin', 'verify', '--no-wait')).toMatchObject({ code: 0, stdout: 'queued: 0 of 0 organizations, 0 stored files; no difference\n' })
  expect(await admin.run('admin', 'verify', '--no-wait', '--json')).toMatchObject({ code: 0, stderr: expect.stringContaining('under way already') as string })
  expect(await admin.run('admin', 'verify', '--cancel')).toMatchObject({ code: 0, stdout: 'The check is cancelled.\n' })
  expect((await admin.run('admin', 'verify', '--last', '--json')).json()).toMatchObject({ check: { state: 'cancelled' } })
  expect(await eve.run('admin', 'verify')).toMatchObject(refusal('Only an administrator of this installation'))
})

test('keys are named by their ids, and what older ones sealed is counted and sealed anew', async () => {
  const counted = await admin.run('admin', 'keys')
  expect(counted).toMatchObject({ code: 0, stdout: expect.stringMatching(/^The present key is [0-9a-f]{12}; there is no older one\.\n[^]*secrets of webhooks +\d+ +0 by an older key/) as string })
  expect(await admin.run('admin', 'reseal')).toMatchObject({ code: 2, stderr: expect.stringContaining('--reason') as string })
  expect((await admin.run('admin', 'reseal', '--reason', 'seen by a stranger', '--json')).json()).toMatchObject({ sealed: { passwords: { older: 0, lost: 0 }, factors: { lost: 0 } } })
  expect(await eve.run('admin', 'keys')).toMatchObject(refusal('Only an administrator of this installation'))
})

test('what is switched off is refused with a sentence, and shown', async () => {
  expect(await admin.run('admin', 'switch', 'webhooks', 'off', '--in', 'acme', '--reason', 'abused')).toMatchObject({ code: 0, stdout: 'webhooks is off for acme.\n' })
  expect((await admin.run('admin', 'switches')).stdout).toMatch(/webhooks +on +off for 1/)
  await expect.poll(async () => (await eve.run('webhooks', 'create', 'https://hooks.example.org/in', '--org', 'acme')).stderr, { timeout: 10_000 }).toContain('switched off for now')
  expect(await admin.run('admin', 'switch', 'webhooks', 'default', '--in', 'acme', '--reason', 'mended')).toMatchObject({ code: 0 })
})

test('an installation that is read-only refuses changes with a sentence, and administrators read where an owner let them', async () => {
  expect(await admin.run('admin', 'read-only', 'on', '--reason', 'moving')).toMatchObject({ code: 0 })
  await expect.poll(async () => (await eve.run('orgs', 'create', 'Other', '--slug', 'other')).stderr, { timeout: 10_000 }).toContain('takes no changes for now')
  expect(await admin.run('admin', 'read-only', 'off', '--reason', 'moved')).toMatchObject({ code: 0 })
  expect(await admin.run('ls', '--org', 'support:acme')).toMatchObject(refusal('You belong to no such organization'))
  const { access } = (await eve.run('support', 'grant', '--reason', 'look at search', '--org', 'acme', '--json')).json() as { access: { id: string } }
  expect(await admin.run('admin', 'open-support', access.id, '--reason', 'as asked')).toMatchObject({ code: 0, stdout: expect.stringContaining('--org support:acme') as string })
  expect(await admin.run('ls', '--org', 'support:acme')).toMatchObject({ code: 0 })
  expect((await eve.run('support', '--org', 'acme')).stdout).toContain('as asked')
  expect(await eve.run('support', 'revoke', access.id, '--org', 'acme')).toMatchObject({ code: 0 })
  expect(await admin.run('ls', '--org', 'support:acme')).toMatchObject(refusal('You belong to no such organization'))
})
