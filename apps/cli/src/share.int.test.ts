import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApiProcess, type ApiProcess } from './api-process.testkit.ts'
import { openInvited, openOwner, refusal, type Terminal } from './terminals.testkit.ts'

let api: ApiProcess
let dir: string
let owner: Terminal
let editor: Terminal
beforeAll(async () => {
  api = await startApiProcess()
  dir = await mkdtemp(join(tmpdir(), 'intellidocs-cli-share-'))
  owner = await openOwner(api, dir)
  editor = await openInvited(api, { dir, email: 'eve@example.org', by: owner, role: 'editor' })
  await writeFile(join(dir, 'lease.txt'), 'the words of the lease')
  expect(await owner.run('ingest', join(dir, 'lease.txt'), '--no-wait')).toMatchObject({ code: 0 })
})
afterAll(async () => {
  await api.close()
  await rm(dir, { recursive: true })
})

const here = (url: string): string => `${api.url}${new URL(url.trim()).pathname}`

test('a link is made, its address shown once, opened by somebody without an account, told of, and revoked', async () => {
  expect((await owner.run('share')).stdout).toContain('There are no links.')
  const made = await owner.run('share', 'create', 'lease.txt', '--views', '3', '--days', '2', '--note', 'As agreed')
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^http\S+\/s\/[\w-]{43}\n$/), stderr: expect.stringContaining('It is shown this once.') })
  expect(await owner.run('share', 'activity', 'lease.txt')).toMatchObject({ code: 0, stdout: 'Nobody opened it yet.\n' })
  const opened = await fetch(here(made.stdout), { method: 'POST', redirect: 'manual' })
  expect(opened.status).toBe(303)
  const shown = await (await fetch(here(made.stdout), { headers: { cookie: opened.headers.getSetCookie()[0]?.split(';')[0] ?? '' } })).text()
  expect(shown).toContain('As agreed')
  const listed = (await owner.run('share')).stdout
  expect(listed).toMatch(/^open .* 1 of 3 views .* lease\.txt .*until /)
  expect(listed).not.toContain(made.stdout.trim())
  expect((await owner.run('share', 'activity', 'lease.txt')).stdout).toMatch(/UTC {2}127\.0\.0\.0\/24 {2}0 downloads {2}no page/)
  expect(await owner.run('share', 'revoke', 'lease.txt')).toMatchObject({ code: 0, stdout: 'The link to lease.txt opens nothing any more.\n' })
  expect((await fetch(here(made.stdout))).status).toBe(404)
  expect(await owner.run('share', 'revoke', 'lease.txt')).toMatchObject(refusal('There is no link "lease.txt" among yours.'))
})

test('settings are kept under a name, used for a link, and forgotten, by those who manage the organization', async () => {
  expect((await owner.run('share-preset')).stdout).toContain('There are no presets.')
  expect(await editor.run('share-preset', 'set', 'Auditors', '--days', '5')).toMatchObject(refusal('It takes orgs:manage.'))
  expect(await owner.run('share-preset', 'set', 'Auditors', '--days', '5', '--views', '1', '--view-only')).toMatchObject({ code: 0, stdout: 'Links made with --preset "Auditors": for 5 days, 1 view, for looking only.\n' })
  expect((await owner.run('share-preset', 'set', 'auditors', '--days', '6', '--downloads', '2', '--notify')).code).toBe(0)
  expect((await owner.run('share-preset', 'set', 'Anyone')).code).toBe(0)
  expect((await owner.run('share-preset', 'list')).stdout).toMatch(/^auditors +for 6 days, 2 downloads, tells of each opening\nAnyone +no limits\n$/)
  const made = await owner.run('share', 'create', 'lease.txt', '--preset', 'AUDITORS', '--json')
  expect(made.json()).toMatchObject({ share: { viewLimit: null, downloadLimit: 2, notify: true, download: true, expiresAt: expect.any(String) } })
  expect(await owner.run('share-preset', 'remove', 'AUDITORS')).toMatchObject({ code: 0 })
  expect((await owner.run('share-preset')).stdout).toBe('Anyone  no limits\n')
  expect(await owner.run('share-preset', 'remove', 'Anyone')).toMatchObject({ code: 0 })
  expect(await owner.run('share-preset', 'remove', 'auditors')).toMatchObject(refusal('There is no preset "auditors".'))
  expect(await owner.run('share', 'create', 'lease.txt', '--preset', 'auditors')).toMatchObject(refusal('Your organization has no such preset'))
})

test('what the organization allows is read and set, and a link that it does not allow is refused with the reason', async () => {
  expect((await owner.run('share', 'policy', '--max-days', '7', '--password-required', 'yes')).stdout).toBe('Who manages a document may make links to it.\nNone opens for longer than 7 days.\nEach has a password.\n')
  expect(await owner.run('share', 'create', 'lease.txt')).toMatchObject(refusal('Your organization does not allow such a link'))
  expect(await editor.run('share', 'policy', '--links', 'forbidden')).toMatchObject(refusal('It takes orgs:manage.'))
  expect(await editor.run('share', 'create', 'lease.txt')).toMatchObject(refusal('You lack the right to do this'))
  const open = await owner.run('share', 'policy', '--max-days', 'none', '--password-required', 'no', '--json')
  expect([open.code, open.json()]).toMatchObject([0, { policy: { maxDays: null, passwordRequired: false } }])
  expect(await owner.run('share', 'create', 'lease.txt', '--views', 'none')).toMatchObject({ code: 2 })
})
