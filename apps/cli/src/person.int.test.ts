import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApiProcess, type ApiProcess } from './api-process.testkit.ts'
import { runCli } from './run.testkit.ts'
import { openInvited, openOwner, refusal, type Terminal } from './terminals.testkit.ts'

let api: ApiProcess
let dir: string
let owner: Terminal
let eve: Terminal
let zoe: Terminal
beforeAll(async () => {
  api = await startApiProcess()
  dir = await mkdtemp(join(tmpdir(), 'intellidocs-cli-person-'))
  owner = await openOwner(api, dir)
  eve = await openInvited(api, { dir, email: 'eve@example.org', by: owner, role: 'viewer' })
  zoe = await openInvited(api, { dir, email: 'zoe@example.org', by: owner, role: 'viewer' })
})
afterAll(async () => {
  await api.close()
  await rm(dir, { recursive: true })
})

const recordsIn = async (path: string): Promise<{ kind: string; data: Record<string, unknown> }[]> =>
  (await readFile(path, 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line) as { kind: string; data: Record<string, unknown> })

test('everybody gets what is held about themselves, in a file for their eyes; of others only who manages members', async () => {
  const [mine, hers] = [join(dir, 'mine.jsonl'), join(dir, 'hers.jsonl')]
  expect(await eve.run('person', 'export', '-o', mine)).toMatchObject({ code: 0, stdout: expect.stringContaining('about you') })
  expect((await stat(mine)).mode & 0o777).toBe(0o600)
  expect((await recordsIn(mine))[0]).toMatchObject({ kind: 'account', data: { email: 'eve@example.org', role: 'viewer' } })
  expect(await eve.run('person', 'export', 'zoe@example.org', '-o', hers)).toMatchObject(refusal('lack the right'))
  expect(await owner.run('person', 'export', 'zoe@example.org', '-o', hers)).toMatchObject({ code: 0 })
  expect((await recordsIn(hers)).filter(({ kind }) => kind === 'audit')).not.toHaveLength(0)
  // A file that is there already is somebody's.
  expect(await owner.run('person', 'export', 'zoe@example.org', '-o', mine)).toMatchObject({ code: 1 })
})

test('who is erased is shut out and gone from the list, and is asked about by their id afterwards', async () => {
  expect(await eve.run('person', 'erase', 'zoe@example.org', '--yes')).toMatchObject(refusal('lack the right'))
  const erased = await owner.run('person', 'erase', 'eve@example.org', '--yes', '--json')
  expect(erased.json()).toMatchObject({ pseudonym: expect.stringMatching(/^Former member [0-9a-f]{12}$/), flowsNaming: [], certificatesHeld: 0 })
  expect((await owner.run('members', 'list')).stdout).not.toContain('eve@example.org')
  expect(await eve.run('ls')).toMatchObject({ code: 1 })
  const { userId } = erased.json() as { userId: string }
  const told = await owner.run('person', 'export', userId, '-o', join(dir, 'eve.jsonl'), '--json')
  expect(told.json()).toMatchObject({ userId, pseudonym: (erased.json() as { pseudonym: string }).pseudonym })
  expect(await readFile(join(dir, 'eve.jsonl'), 'utf8')).not.toContain('eve@example.org')
})

test('whoever runs the server ends an account everywhere, but not the last owner', async () => {
  const env = { ...api.env, ...owner.env }
  expect(await runCli(['person', 'erase', 'zoe@example.org', '--everywhere', '--yes', '--json'], { env })).toMatchObject({ code: 0 })
  expect(await zoe.run('whoami')).toMatchObject({ code: 1 })
  expect((await owner.run('members', 'list')).stdout).not.toContain('zoe@example.org')
  expect(await runCli(['person', 'erase', owner.email, '--everywhere', '--yes'], { env })).toMatchObject(refusal('last owner'))
  expect(await runCli(['person', 'erase', 'nobody@example.org', '--everywhere', '--yes'], { env })).toMatchObject(refusal('No account has the address'))
  expect(await owner.run('whoami')).toMatchObject({ code: 0 })
})
