import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startApiProcess, type ApiProcess } from './api-process.testkit.ts'
import { runCli } from './run.testkit.ts'
import { mailedInvitation, openInvited, openOwner, openTerminal, PASSWORD, refusal, type Terminal } from './terminals.testkit.ts'

type Orgs = { orgs: { slug: string; role: string; purgeAt: string | null }[]; current: string | null }
type Listed = { documents: { id: string; name: string }[] }
type Explained = { level: string | null; sentences: string[] }

let api: ApiProcess
let dir: string
let owner: Terminal
let ada: Terminal
let bob: Terminal

const listed = async (terminal: Terminal): Promise<Listed['documents']> => ((await terminal.run('ls', '--json')).json() as Listed).documents
const seen = async (terminal: Terminal): Promise<string[]> => (await listed(terminal)).map(({ name }) => name)
const explained = async (terminal: Terminal, document: string, user: string): Promise<Explained> =>
  (await terminal.run('explain', document, user, '--json')).json() as Explained

async function ingest(terminal: Terminal, name: string, folder: string): Promise<void> {
  const path = join(dir, name)
  await writeFile(path, `${name} of ${terminal.email}`)
  expect(await terminal.run('ingest', path, '--no-wait', '--folder', folder)).toMatchObject({ code: 0 })
}

beforeAll(async () => {
  api = await startApiProcess()
  dir = await mkdtemp(join(tmpdir(), 'intellidocs-cli-sharing-'))
  owner = await openOwner(api, dir)
  ada = await openInvited(api, { dir, email: 'ada@example.org', by: owner, role: 'editor' })
  bob = await openInvited(api, { dir, email: 'bob@example.org', by: owner, role: 'viewer' })
})
afterAll(async () => {
  await api.close()
  await rm(dir, { recursive: true })
})

describe('members', () => {
  test('a role is given by address and name, and nobody gives more than they hold', async () => {
    expect(await owner.run('members', 'role', 'bob@example.org', 'editor')).toMatchObject({ code: 0 })
    expect((await bob.run('whoami', '--json')).json()).toMatchObject({ role: 'editor' })
    expect(await ada.run('members', 'role', 'bob', 'owner')).toMatchObject(refusal('It takes members:manage.'))
    expect(await owner.run('members', 'role', 'bob', 'viewer')).toMatchObject({ code: 0 })
    expect((await bob.run('whoami', '--json')).json()).toMatchObject({ role: 'viewer' })
  })

  test('the last owner is not taken away, and the refusal says what to do', async () => {
    const ran = await owner.run('members', 'role', owner.email, 'viewer')
    expect(ran).toMatchObject(refusal('make somebody else an owner first'))
    expect((await owner.run('whoami', '--json')).json()).toMatchObject({ role: 'owner' })
  })

  test('suspension shuts out at once, and wants a typed confirmation or --yes', async () => {
    expect(await owner.run('members', 'suspend', 'bob')).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') })
    expect(await bob.run('ls')).toMatchObject({ code: 0 })
    expect(await owner.asked(['bob@example.org'], 'members', 'suspend', 'bob')).toMatchObject({ code: 0 })
    expect(await bob.run('ls')).toMatchObject(refusal('whoever manages its members can invite you, or let you in again'))
    const { code, stdout } = await bob.run('whoami')
    expect([code, stdout]).toEqual([1, expect.stringContaining('bob@example.org')])
    expect(stdout).toContain('main is not open to you')
    expect(await owner.run('members', 'resume', 'bob')).toMatchObject({ code: 0 })
    expect(await bob.run('ls')).toMatchObject({ code: 0 })
  })

  test('a change of what somebody may do lets their watch go on, and losing the organization ends it with the reason', async () => {
    let connected = 0
    const watching = runCli(['watch'], { env: bob.env, onNote: (text) => { if (text === 'connected\n') connected += 1 } })
    await vi.waitFor(() => { expect(connected).toBe(1) }, 30_000)
    expect(await owner.run('members', 'role', 'bob', 'editor')).toMatchObject({ code: 0 })
    await vi.waitFor(() => { expect(connected).toBe(2) }, 30_000)
    expect(await owner.run('members', 'suspend', 'bob', '--yes')).toMatchObject({ code: 0 })
    expect(await watching).toMatchObject({ code: 1, stderr: expect.stringContaining('intellidocs: You belong to no such organization') })
    expect(await owner.run('members', 'resume', 'bob')).toMatchObject({ code: 0 })
    expect(await owner.run('members', 'role', 'bob', 'viewer')).toMatchObject({ code: 0 })
  })

  test('a name that several have is exit 2 with the candidates, and nothing happens', async () => {
    const twin = await openInvited(api, { dir, email: 'ada@example.net', by: owner, role: 'viewer' })
    const ran = await owner.run('members', 'remove', 'ada', '--yes')
    expect(ran.code).toBe(2)
    for (const { email } of [ada, twin]) expect(ran.stderr).toContain(email)
    for (const terminal of [ada, twin]) expect(await terminal.run('ls')).toMatchObject({ code: 0 })
    expect(await owner.run('members', 'remove', twin.email, '--yes')).toMatchObject({ code: 0 })
    expect(await twin.run('ls')).toMatchObject({ code: 1 })
  })

  test('a role of one\'s own does what its permissions say, from the next call on', async () => {
    expect(await owner.run('roles', 'create', 'Reader', '--permissions', 'documents:read,orgs:read,members:read')).toMatchObject({ code: 0 })
    expect(await owner.run('members', 'role', 'bob', 'reader')).toMatchObject({ code: 0 })
    expect((await bob.run('whoami')).stdout).toContain('Reader of ')
    expect(await bob.run('search', 'word')).toMatchObject(refusal('It takes search:read.'))
    const more = 'documents:read,orgs:read,members:read,search:read'
    expect(await owner.run('roles', 'update', 'reader', '--permissions', more)).toMatchObject({ code: 0 })
    expect(await bob.run('search', 'word')).toMatchObject({ code: 0 })
    expect(await owner.run('roles', 'delete', 'reader', '--yes')).toMatchObject(refusal('hold this role'))
    expect(await owner.run('members', 'role', 'bob', 'viewer')).toMatchObject({ code: 0 })
    expect(await owner.run('roles', 'delete', 'reader', '--yes')).toMatchObject({ code: 0 })
  })
})

describe('access', () => {
  test('a restricted folder hides what is in it until it is granted to a group, and explain says so in sentences', async () => {
    await ingest(ada, 'plan.txt', 'Board')
    expect(await seen(bob)).toContain('plan.txt')
    expect(await ada.run('visibility', 'Board/', 'restricted')).toMatchObject(refusal('an owner, an admin'))
    expect(await seen(bob)).toContain('plan.txt')
    expect(await owner.run('visibility', 'Board/', 'restricted')).toMatchObject({ code: 0 })
    expect(await seen(bob)).not.toContain('plan.txt')
    const before = await explained(ada, 'plan.txt', 'bob@example.org')
    expect(before.level).toBeNull()
    expect(before.sentences[0]).toBe('bob@example.org does not see plan.txt.')
    expect(before.sentences.join(' ')).toContain('A folder it lies in is only for those it is granted to')

    expect(await owner.run('groups', 'create', 'Directors')).toMatchObject({ code: 0 })
    expect(await owner.run('groups', 'add', 'Directors', 'bob')).toMatchObject({ code: 0 })
    expect(await owner.run('grant', 'Board/', 'Directors', 'view')).toMatchObject({ code: 0 })
    expect(await seen(bob)).toContain('plan.txt')
    expect((await owner.run('grant', 'list', 'Board/')).stdout).toContain('the group Directors')
    const after = await explained(ada, 'plan.txt', 'bob@example.org')
    expect(after).toMatchObject({ level: 'view' })
    expect(after.sentences.join(' ')).toContain('The group Directors has a grant on the folder')

    expect(await owner.run('groups', 'remove', 'Directors', 'bob')).toMatchObject({ code: 0 })
    expect(await seen(bob)).not.toContain('plan.txt')
    expect(await owner.run('grant', 'remove', 'Board/', 'group:Directors')).toMatchObject({ code: 0 })
  })

  test('what somebody may not see is answered as what is not there', async () => {
    const [hidden, absent] = [await bob.run('show', 'plan.txt'), await bob.run('show', 'none.txt')]
    expect(hidden.code).toBe(absent.code)
    expect(hidden.stderr.replace('plan.txt', 'none.txt')).toBe(absent.stderr)
    const grants = [await bob.run('grant', 'plan.txt', 'org', 'view'), await bob.run('grant', 'none.txt', 'org', 'view')]
    expect(grants.map(({ code }) => code)).toEqual([1, 1])
    expect(grants[0]?.stderr.replace('plan.txt', 'none.txt')).toBe(grants[1]?.stderr)
    const hiddenId = (await listed(ada)).find(({ name }) => name === 'plan.txt')?.id ?? ''
    const random = '0193f0c2-0000-7000-8000-000000000002'
    const byId = [await bob.run('grant', hiddenId, 'org', 'view'), await bob.run('grant', random, 'org', 'view')]
    expect(byId[0]).toMatchObject(refusal(`There is no document or folder "${hiddenId}" among those you may see`))
    expect(byId[0]?.stderr.replace(hiddenId, random)).toBe(byId[1]?.stderr)
  })

  test('a document and a folder of one name are told apart by id', async () => {
    await ingest(ada, 'Papers', 'Papers')
    const ran = await ada.run('grant', 'Papers', 'org', 'view')
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringMatching(/document [0-9a-f-]{36}, folder [0-9a-f-]{36}/) })
  })

  test('who may look does not share, and hears what is missing', async () => {
    await ingest(ada, 'open.txt', 'Papers')
    const ran = await bob.run('grant', 'open.txt', 'org', 'manage')
    expect(ran).toMatchObject(refusal('whoever manages what it is about can give it to you'))
    expect(((await ada.run('grant', 'list', 'open.txt', '--json')).json() as { grants: unknown[] }).grants).toEqual([])
  })
})

describe('invitations', () => {
  test('are listed, revoked by address, and then open nothing', async () => {
    const invited = await owner.run('invite', 'carol@example.org', '--json')
    const token = await mailedInvitation(api, 'carol@example.org')
    expect(invited.stdout + invited.stderr).not.toContain(token)
    expect((await owner.run('invite', 'list')).stdout).toContain('carol@example.org')
    expect(await owner.run('invite', 'revoke', 'carol@example.org')).toMatchObject({ code: 0 })
    const carol = openTerminal(api, { dir, email: 'carol@example.org' })
    const ran = await carol.piped(PASSWORD, 'signup', '--email', carol.email, '--name', 'Carol', '--password-stdin', '--invitation', token)
    expect(ran).toMatchObject(refusal('Ask whoever invited you for a new one'))
    expect((await owner.run('invite', 'list')).stdout).toBe('No invitation is open.\n')
  })

  test('open for the invited address alone, and once', async () => {
    expect(await ada.run('orgs', 'create', 'Ada & Co')).toMatchObject({ code: 0 })
    expect(await ada.run('invite', bob.email, '--role', 'admin', '--org', 'ada-co')).toMatchObject({ code: 0 })
    const link = `https://docs.example.org/accept-invitation#token=${await mailedInvitation(api, bob.email)}`
    expect(await owner.run('invite', 'accept', link)).toMatchObject(refusal('for another address'))
    expect(await bob.piped(link, 'invite', 'accept', '--token-stdin')).toMatchObject({ code: 0 })
    expect(await bob.run('invite', 'accept', link)).toMatchObject({ code: 1 })
    const { orgs } = (await bob.run('orgs', '--json')).json() as Orgs
    expect(orgs.map(({ slug, role }) => [slug, role])).toEqual([['main', 'viewer'], ['ada-co', 'admin']])
  })
})

describe('two organizations', () => {
  test('side by side: what is in one is in no list, name or refusal of the other', async () => {
    expect(await ada.run('orgs', 'use', 'ada-co')).toMatchObject({ code: 0 })
    await ingest(ada, 'secret.txt', 'Own')
    expect(await seen(ada)).toEqual(['secret.txt'])
    expect(await seen(owner)).not.toContain('secret.txt')
    const { id } = (await listed(ada))[0] ?? { id: '' }
    const [foreign, random] = [await owner.run('show', id), await owner.run('show', '0193f0c2-0000-7000-8000-000000000001')]
    expect(foreign).toMatchObject({ code: 1, stdout: '', stderr: random.stderr })
    expect(await owner.run('ls', '--org', 'ada-co')).toMatchObject({ code: 1, stderr: (await owner.run('ls', '--org', 'no-such')).stderr })
  })

  test('an organization is renamed, and the terminal goes on working in it', async () => {
    expect(await ada.run('orgs', 'rename', 'Ada and Company', '--slug', 'ada-company')).toMatchObject({ code: 0 })
    expect(((await ada.run('orgs', '--json')).json() as Orgs).current).toBe('ada-company')
    expect(await seen(ada)).toEqual(['secret.txt'])
  })

  test('is deleted by its owner alone and by its typed name, closed to all at once, and opened again', async () => {
    expect(await bob.run('orgs', 'delete', 'ada-company', '--yes')).toMatchObject(refusal('It takes orgs:delete, which owners alone hold.'))
    expect(await ada.asked(['ada'], 'orgs', 'delete', 'ada-company')).toMatchObject(refusal('nothing was changed'))
    expect(await bob.run('ls', '--org', 'ada-company')).toMatchObject({ code: 0 })
    expect(await ada.asked(['ada-company'], 'orgs', 'delete', 'ada-company')).toMatchObject({ code: 0 })
    expect(await bob.run('ls', '--org', 'ada-company')).toMatchObject({ code: 1 })
    expect(((await ada.run('orgs', '--json')).json() as Orgs).orgs.find(({ slug }) => slug === 'ada-company')?.purgeAt).not.toBeNull()
    expect(await bob.run('orgs', 'undelete', 'ada-company')).toMatchObject({ code: 1 })
    expect(await ada.run('orgs', 'undelete', 'ada-company')).toMatchObject({ code: 0 })
    expect(await seen(ada)).toEqual(['secret.txt'])
  })

  test('goes to another owner, and whoever leaves has no part in it any more', async () => {
    expect(await ada.run('orgs', 'transfer', bob.email, '--yes')).toMatchObject({ code: 0 })
    expect(await bob.run('whoami', '--org', 'ada-company')).toMatchObject({ code: 0, stdout: expect.stringContaining('owner of Ada and Company') })
    expect(await ada.run('orgs', 'leave', '--yes')).toMatchObject({ code: 0 })
    expect(await ada.run('ls', '--org', 'ada-company')).toMatchObject({ code: 1 })
    expect(await ada.run('orgs', 'use', 'ada-company')).toMatchObject(refusal('yours: main'))
  })
})
