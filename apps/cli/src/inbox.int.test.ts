import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SYSTEM_USER_ID } from '@intellidocs/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMIN, startApiProcess, type ApiProcess } from './api-process.testkit.ts'
import { openInvited, openOwner, type Terminal } from './terminals.testkit.ts'

let api: ApiProcess
let dir: string
let owner: Terminal
let ada: Terminal
beforeAll(async () => {
  api = await startApiProcess()
  dir = await mkdtemp(join(tmpdir(), 'intellidocs-cli-inbox-'))
  owner = await openOwner(api, dir)
  ada = await openInvited(api, { dir, email: 'ada@example.org', by: owner, role: 'editor' })
  await tell(ADMIN.email, 230)
})
afterAll(async () => {
  await api.close()
  await rm(dir, { recursive: true })
})

/** As the worker leaves it. */
async function tell(email: string, times: number): Promise<void> {
  const { database } = api.database
  const { orgId, userId } = await database.run({ kind: 'identity' }, (tx) => tx.membership.findFirstOrThrow({ where: { user: { email } }, select: { orgId: true, userId: true } }))
  await database.run({ kind: 'tenant', orgId, userId: SYSTEM_USER_ID }, (tx) => tx.$executeRaw`
    insert into notification (id, org_id, user_id, source, kind, actor_id, facts, at, in_inbox, mail)
    select gen_random_uuid(), ${orgId}::uuid, ${userId}::uuid, ${randomUUID()}::text || n, 'security', ${userId}::uuid, '{"matter":"key-created"}', now() - n * interval '1 minute', true, 'off'
    from generate_series(1, ${times}::int) n`)
}
const shown = async (terminal: Terminal, ...options: string[]) => (await terminal.run('inbox', '--json', ...options)).json() as { notifications: { readAt: string | null }[]; read: number }

test('the inbox shows its owner what is unread, marks it with --read, page after page, and shows it with --all from then on', async () => {
  const ran = await owner.run('inbox', '--limit', '2')
  expect([ran.code, ran.stdout.match(/• .* your account .* an API key was made/g)?.length]).toEqual([0, 2])
  expect((await shown(ada)).notifications).toEqual([])
  const read = await shown(owner, '--read', '--limit', '220')
  expect([read.notifications.length, read.read]).toEqual([220, 220])
  expect((await shown(owner)).notifications).toHaveLength(10)
  const all = await shown(owner, '--all', '--limit', '1000')
  expect([all.notifications.length, all.notifications.filter(({ readAt }) => readAt === null).length]).toEqual([230, 10])
  expect((await ada.run('inbox')).stdout).toContain('Nothing here.')
})
