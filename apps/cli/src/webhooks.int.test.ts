import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApiProcess, type ApiProcess } from './api-process.testkit.ts'
import { openInvited, openOwner, refusal, type Terminal } from './terminals.testkit.ts'

type Endpoints = { endpoints: { id: string; url: string; events: string[] | null; description: string }[] }

let api: ApiProcess
let dir: string
let owner: Terminal
let viewer: Terminal
beforeAll(async () => {
  api = await startApiProcess()
  dir = await mkdtemp(join(tmpdir(), 'intellidocs-cli-webhooks-'))
  owner = await openOwner(api, dir)
  viewer = await openInvited(api, { dir, email: 'eve@example.org', by: owner, role: 'viewer' })
})
afterAll(async () => {
  await api.close()
  await rm(dir, { recursive: true })
})

test('an endpoint is made, its secret shown once, listed, tested by its description, and its log read', async () => {
  expect((await owner.run('webhooks')).stdout).toContain('There are no endpoints')
  const made = await owner.run('webhooks', 'create', 'https://hooks.example.org/in', '--events', 'documents.ready.v1,documents.failed.v1', '--description', 'bookkeeping')
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^whsec_[\w+/]+=*\n$/) })
  const { endpoints } = (await owner.run('webhooks', 'list', '--json')).json() as Endpoints
  expect(endpoints).toMatchObject([{ url: 'https://hooks.example.org/in', events: ['documents.ready.v1', 'documents.failed.v1'], description: 'bookkeeping' }])
  expect((await owner.run('webhooks')).stdout).not.toContain(made.stdout.trim())
  expect(await owner.run('webhooks', 'test', 'bookkeeping')).toMatchObject({ code: 0, stdout: expect.stringContaining(endpoints[0]?.id ?? 'none') })
  // No worker runs here, so nothing was noted yet.
  expect(await owner.run('webhooks', 'deliveries', 'https://hooks.example.org/in')).toMatchObject({ code: 0, stdout: 'Nothing was sent.\n' })
  expect(await owner.run('webhooks', 'redeliver', endpoints[0]?.id ?? '')).toMatchObject(refusal('There is no such delivery'))
})

test.each([
  ['http://127.0.0.1:3000/', 'Webhooks go to public http(s) addresses only.'], ['file:///etc/passwd', 'Webhooks go to public http(s) addresses only.'],
])('%s is refused with its reason', async (url, reason) => {
  expect(await owner.run('webhooks', 'create', url)).toMatchObject(refusal(reason))
})

test('an event that does not leave is told before anything is asked', async () => {
  expect(await owner.run('webhooks', 'create', 'https://hooks.example.org', '--events', 'users.updated.v1')).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no event users.updated.v1') })
})

test('an endpoint is paused, resumed and given a new secret by its address, and deleted by a typed word', async () => {
  const url = 'https://hooks.example.org/other'
  const { secret } = (await owner.run('webhooks', 'create', url, '--json')).json() as { secret: string }
  expect(await owner.run('webhooks', 'pause', url)).toMatchObject({ code: 0, stdout: `${url} is sent nothing until "intellidocs webhooks resume".\n` })
  expect((await owner.run('webhooks')).stdout).toMatch(/^paused .*\/other/m)
  expect(await owner.run('webhooks', 'resume', url)).toMatchObject({ code: 0, stdout: `${url} is sent what happens from now on.\n` })
  const changed = await owner.run('webhooks', 'secret', url)
  expect(changed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^whsec_/), stderr: expect.stringContaining('shown this once') })
  expect(changed.stdout.trim()).not.toBe(secret)
  expect(await owner.run('webhooks', 'delete', url)).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') })
  expect(await owner.asked(['no'], 'webhooks', 'delete', url)).toMatchObject(refusal('nothing was changed'))
  expect(await owner.asked(['delete'], 'webhooks', 'delete', url)).toMatchObject({ code: 0 })
  expect((await owner.run('webhooks')).stdout).not.toContain(url)
  expect(await owner.run('webhooks', 'test', url)).toMatchObject(refusal(`There is no endpoint "${url}"`))
})

test('it takes webhooks:manage', async () => {
  expect(await viewer.run('webhooks')).toMatchObject(refusal('It takes webhooks:manage.'))
})
