import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApiProcess, type ApiProcess } from './api-process.testkit.ts'
import { openInvited, openOwner, refusal, type Terminal } from './terminals.testkit.ts'

let api: ApiProcess
let dir: string
let owner: Terminal
let viewer: Terminal
beforeAll(async () => {
  api = await startApiProcess()
  dir = await mkdtemp(join(tmpdir(), 'intellidocs-cli-plan-'))
  owner = await openOwner(api, dir)
  viewer = await openInvited(api, { dir, email: 'eve@example.org', by: owner, role: 'viewer' })
})
afterAll(async () => {
  await api.close()
  await rm(dir, { recursive: true })
})

test('an installation of one\'s own has a plan without limits, and says what is used all the same', async () => {
  expect(await owner.run('plan')).toMatchObject({ code: 0, stdout: 'The plan is own, set by an administrator of this installation.\n' })
  expect((await owner.run('plans')).stdout).toMatch(/^members and open invitations +3 +15 +200 +no limit$/m)
  expect((await owner.run('usage')).stdout).toMatch(/^\d{4}-\d\d, on the plan own\nmembers and open invitations +2 +no limit/)
  expect((await owner.run('usage', '--json')).json()).toMatchObject({ plan: 'own', meters: { members: { used: 2, limit: null } } })
})

test('verify says that all is the same, and exits 1 with what is not', async () => {
  expect(await owner.run('usage', 'verify')).toMatchObject({ code: 0, stdout: 'Events, sums and bills are the same.\n' })
  const orgId = ((await owner.run('orgs', 'list', '--json')).json() as { orgs: { id: string }[] }).orgs[0]?.id ?? ''
  await api.database.database.run({ kind: 'system' }, (tx) => tx.$executeRaw`
    insert into usage_rollup (org_id, meter, hour, amount, entries) values (${orgId}::uuid, 'pages', date_trunc('hour', now()), 7, 1)`)
  const damaged = await owner.run('usage', 'verify')
  expect([damaged.code, damaged.stdout]).toEqual([1, expect.stringMatching(/^pages +events=0 +waiting=0 +rolled-up=7 +billed=0 +counted=- +differences=1\n1 difference:/)])
})

test('who may not read what is used is told so', async () => {
  for (const command of [['plan'], ['plans'], ['usage'], ['usage', 'verify']]) expect(await viewer.run(...command)).toMatchObject(refusal('usage:read'))
})
