import { createConnection } from 'node:net'
import { expect, test } from 'vitest'
import { createTestOrg, testDatabase, testTemporal } from './index.ts'

test('two test databases know nothing of each other, and a test organization has a member of each role', async () => {
  const [first, second] = [await testDatabase(), await testDatabase()]
  try {
    const org = await createTestOrg(first.database)
    const unit = { kind: 'tenant', orgId: org.org.id, userId: org.viewer.userId } as const
    const members = await first.database.run(unit, (tx) => tx.membership.findMany({ orderBy: { role: 'asc' } }))
    expect(members.map((member) => member.role)).toEqual(['admin', 'editor', 'guest', 'owner', 'viewer'])
    expect(await second.database.run({ kind: 'identity' }, (tx) => tx.org.count())).toBe(0)
    expect(org.guest.principals).not.toContain(`org:${org.org.id}`)
    expect(org.system.kind).toBe('system')
  } finally {
    await Promise.all([first.close(), second.close()])
  }
})

test('each asker gets a Temporal namespace of its own on a server that listens', async () => {
  const [first, second] = [await testTemporal(), await testTemporal()]
  expect(first.address).toBe(second.address)
  expect(first.namespace).not.toBe(second.namespace)
  const [host = '', port] = first.address.split(':')
  await new Promise<void>((resolve, reject) => {
    const socket = createConnection({ host, port: Number(port) }, () => { socket.destroy(); resolve() }).once('error', reject)
  })
})
