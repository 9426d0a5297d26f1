import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApiProcess, type ApiProcess } from './api-process.testkit.ts'
import { openOwner, refusal, type Terminal } from './terminals.testkit.ts'

let api: ApiProcess
let dir: string
let owner: Terminal
beforeAll(async () => {
  api = await startApiProcess()
  dir = await mkdtemp(join(tmpdir(), 'intellidocs-cli-upload-request-'))
  owner = await openOwner(api, dir)
})
afterAll(async () => {
  await api.close()
  await rm(dir, { recursive: true })
})

test('a link is made for a folder, takes a file from somebody without an account, is listed by what came, and revoked by a typed word', async () => {
  expect((await owner.run('upload-request')).stdout).toContain('There are no upload requests')
  expect(await owner.run('upload-request', 'create', 'Nowhere', 'Papers')).toMatchObject(refusal('Nowhere'))
  expect(await owner.run('ingest', new URL('../package.json', import.meta.url).pathname, '--folder', 'Inbox', '--no-wait')).toMatchObject({ code: 0 })
  const made = await owner.run('upload-request', 'create', 'Inbox', 'Papers', '--files', '2', '--days', '3', '--json')
  const { url, request } = made.json() as { url: string; request: { id: string } }
  expect(made.code).toBe(0)
  const form = new FormData()
  form.append('file', new Blob(['the lease']), 'lease.txt')
  expect((await fetch(api.url + new URL(url).pathname, { method: 'POST', body: form })).status).toBe(200)
  expect((await owner.run('upload-request')).stdout).toMatch(new RegExp(`^open +${request.id} +1 of 2 files +9 B of 5\\.0 GB +until .* Papers\n$`))
  expect((await owner.run('ls', 'Inbox')).stdout).toContain('lease.txt')
  expect((await owner.run('upload-request', 'revoke', 'papers')).code).toBe(2)
  expect(await owner.run('upload-request', 'revoke', 'papers', '--yes')).toMatchObject({ code: 0, stdout: 'Papers takes nothing any more; 1 file came.\n' })
  expect((await fetch(api.url + new URL(url).pathname)).status).toBe(404)
})

test('a password comes from stdin, and a kind that is none is told before anything is asked', async () => {
  expect(await owner.run('upload-request', 'create', 'Inbox', 'More', '--kinds', 'pdf,exe')).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no kind exe') })
  const made = await owner.piped('a good long password\n', 'upload-request', 'create', 'Inbox', 'More', '--password-stdin', '--json')
  expect(made.json()).toMatchObject({ request: { hasPassword: true } })
})
