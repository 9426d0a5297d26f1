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
  dir = await mkdtemp(join(tmpdir(), 'intellidocs-cli-retention-'))
  owner = await openOwner(api, dir)
  editor = await openInvited(api, { dir, email: 'ed@example.org', by: owner, role: 'editor' })
  const file = join(dir, 'letter.txt')
  await writeFile(file, 'a letter')
  await owner.run('ingest', file, '--no-wait')
})
afterAll(async () => {
  await api.close()
  await rm(dir, { recursive: true })
})

const list = async (...args: string[]) => ((await owner.run('hold', 'list', ...args, '--json')).json() as { holds: { id: string; name: string }[] }).holds

test('a hold is placed on a document, listed, refuses its deletion by name and id, and is released by a typed word', async () => {
  expect((await owner.run('hold')).stdout).toBe('There are no legal holds.\n')
  const placed = await owner.run('hold', 'place', 'Case 12', '--reason', 'a suit was announced', '--document', 'letter.txt')
  expect(placed).toMatchObject({ code: 0, stdout: expect.stringContaining('Case 12 stands on 1 document.') })
  const [{ id } = { id: 'none' }] = await list('--state', 'standing')
  expect(await owner.run('rm', 'letter.txt', '--purge')).toMatchObject(refusal(`It is the hold Case 12 (${id}).`))
  const refused = await editor.run('rm', 'letter.txt', '--purge')
  expect(refused.code).not.toBe(0)
  expect(refused.stderr).not.toContain('Case 12')
  expect(await owner.run('hold', 'release', 'Case 12', '--reason', 'settled')).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') })
  expect(await owner.asked(['no'], 'hold', 'release', 'Case 12', '--reason', 'settled')).toMatchObject(refusal('nothing was changed'))
  expect(await owner.asked(['release'], 'hold', 'release', 'Case 12', '--reason', 'settled')).toMatchObject({ code: 0, stdout: 'Case 12 is released.\n' })
  expect(await owner.run('hold', 'release', 'Case 12', '--reason', 'again', '--yes')).toMatchObject(refusal('No legal hold "Case 12" stands.'))
  expect(await owner.run('hold', 'release', id, '--reason', 'again', '--yes')).toMatchObject(refusal('This hold was released already.'))
  expect((await owner.run('hold')).stdout).toMatch(/^released .*Case 12/m)
})

test('what it is on is said by one option, and it takes holds:manage', async () => {
  expect(await owner.run('hold', 'place', 'Case 13', '--reason', 'x')).toMatchObject({ code: 2, stderr: expect.stringContaining('by one of --document') })
  expect(await owner.run('hold', 'place', 'Case 13', '--reason', 'x', '--all', '--tag', 'y')).toMatchObject({ code: 2 })
  expect(await editor.run('hold', 'place', 'Case 13', '--reason', 'x', '--tag', 'y')).toMatchObject(refusal('It takes holds:manage.'))
  expect(await list()).toHaveLength(1)
  expect(await owner.run('hold', 'place', 'Case 13', '--reason', 'x', '--owner', 'ed@example.org')).toMatchObject({ code: 0, stdout: expect.stringContaining('ed@example.org') })
})

test('a rule is set by its name, changed by setting it again, refuses an early purge with its day, and is removed', async () => {
  await owner.run('hold', 'release', 'Case 13', '--reason', 'over', '--yes')
  const file = join(dir, 'invoice.txt')
  await writeFile(file, 'an invoice')
  await owner.run('ingest', file, '--no-wait')
  expect(await owner.run('retention')).toMatchObject({ code: 0, stdout: expect.stringContaining('There are no rules of retention.') })
  expect(await owner.run('retention', 'set', 'Ten years', '--all')).toMatchObject({ code: 2, stderr: expect.stringContaining('--keep, --delete or both') })
  expect(await owner.run('retention', 'set', 'Ten years', '--keep', '1')).toMatchObject({ code: 2, stderr: expect.stringContaining('by one of --folder') })
  expect(await owner.run('retention', 'set', 'Ten years', '--all', '--keep', '30', '--from', 'sometime')).toMatchObject({ code: 2, stderr: expect.stringContaining('field:NAME') })
  expect(await owner.run('retention', 'set', 'Ten years', '--all', '--keep', '30')).toMatchObject({ code: 0, stdout: 'Ten years: everything is kept 30 days, from its beginning.\n' })
  expect(await owner.run('retention', 'set', 'ten years', '--all', '--keep', '3650', '--delete', '3660', '--from', 'field:closed', '--needs-release')).toMatchObject({
    code: 0, stdout: 'ten years: everything is kept 3650 days, deleted after 3660 days, once released, from the date in closed.\n',
  })
  expect(((await owner.run('retention', '--json')).json() as { rules: unknown[] }).rules).toHaveLength(1)
  expect(await owner.run('rm', 'invoice.txt', '--purge')).toMatchObject(refusal('until its field holds a date.'))
  expect(await editor.run('retention', 'set', 'Mine', '--all', '--keep', '1')).toMatchObject(refusal('It takes retention:read.'))
  expect(await owner.run('retention', 'remove', 'Ten Years')).toMatchObject({ code: 0, stdout: 'ten years is removed.\n' })
  expect(await owner.run('retention', 'remove', 'Ten Years')).toMatchObject(refusal('There is no rule of retention "Ten Years".'))
})

test('the time of the trash is set and told; what waits and what is left is listed', async () => {
  expect(await owner.run('retention', 'trash', '30')).toMatchObject({ code: 0, stdout: expect.stringContaining('for 30 days is deleted') })
  expect((await owner.run('retention')).stdout).toContain('The trash is emptied after 30 days.')
  expect(await owner.run('retention', 'trash', 'never')).toMatchObject({ code: 0, stdout: 'The trash keeps what is in it.\n' })
  expect(await owner.run('retention', 'due')).toMatchObject({ code: 0, stdout: 'Nothing waits for a release.\n' })
  expect(await owner.run('retention', 'release', 'invoice.txt', 'Ten years', '--note', 'x')).toMatchObject({ code: 2, stderr: expect.stringContaining('by its id') })
  expect(await owner.run('tombstones')).toMatchObject({ code: 0, stdout: 'Nothing was deleted by a rule or by the time of the trash.\n' })
})
