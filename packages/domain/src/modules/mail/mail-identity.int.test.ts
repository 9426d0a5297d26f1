import { randomBytes } from 'node:crypto'
import { PLATFORM_ORG_ID, SYSTEM_USER_ID, type Mail } from '@intellidocs/contracts'
import { createOutbox, createUnitOfWork, noSource, platformActor, systemClock, type Tx, type UnitOfWork } from '@intellidocs/kernel'
import { createTestOrg, testDatabase, type TestDatabase, type TestOrg } from '@intellidocs/testing'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createMailModule } from './index.ts'

const mail: Mail = { to: 'ada@example.org', locale: 'en', template: 'account-exists', data: { name: 'Ada Lovelace' } }
const nobody = platformActor({ userId: SYSTEM_USER_ID, requestId: 'test', source: noSource })

let db: TestDatabase
let org: TestOrg
let unit: UnitOfWork
beforeAll(async () => {
  db = await testDatabase()
  org = await createTestOrg(db.database)
  unit = createUnitOfWork({ database: db.database, clock: systemClock, onCommit: () => undefined })
})
afterAll(() => db.close())
afterEach(async () => {
  await unit.runAsSystem((tx) => tx.$executeRaw`delete from delivery`)
  for (const actor of [org.system, nobody]) await unit.runInTx(actor, (tx) => tx.$executeRaw`delete from mail_message`)
})

function house() {
  const outbox = createOutbox()
  const module = createMailModule({ ...unit, clock: systemClock, outbox, secretKey: randomBytes(32), makeNotice: async () => null })
  outbox.register(module.subscribers)
  return module
}
const deliveries = () => unit.runAsSystem((tx) => tx.$queryRaw<unknown[]>`select state, attempts, last_error from delivery`)

describe('an identity unit', () => {
  const writes = (orgId: string): [string, (tx: Tx) => Promise<unknown>][] => [
    ['event', (tx) => tx.$executeRaw`insert into event (org_id, type, actor_id, payload) values (${orgId}::uuid, 'mail.queued.v1', ${SYSTEM_USER_ID}::uuid, '{}')`],
    ['audit', (tx) => tx.$executeRaw`
      insert into audit (org_id, actor_id, actor_kind, action, subject_type, data) values (${orgId}::uuid, ${SYSTEM_USER_ID}::uuid, 'user', 'x', 'x', '{}')`],
    ['mail_message', (tx) => tx.$executeRaw`insert into mail_message (id, org_id, sealed) values (gen_random_uuid(), ${orgId}::uuid, '\\x00')`],
  ]
  const everything = () => Promise.all(['event', 'audit', 'mail_message'].map((table) =>
    unit.runInTx(org.owner, (tx) => tx.$queryRawUnsafe(`select count(*)::int as n from ${table}`))))

  test('writes event, delivery, audit row and mail for the installation, and for no organization', async () => {
    for (const [, write] of writes(PLATFORM_ORG_ID)) expect(await unit.runAsIdentity(write)).toBe(1)
    const before = [await everything(), await deliveries()]
    for (const [table, write] of writes(org.org.id)) {
      await expect(unit.runAsIdentity(write), table).rejects.toThrow(/row-level security/)
    }
    const [event] = await unit.runInTx(nobody, (tx) => tx.$queryRaw<{ id: bigint }[]>`select id from event limit 1`)
    const deliver = (orgId: string) => unit.runAsIdentity((tx) =>
      tx.$executeRaw`insert into delivery (org_id, event_id, subscriber) values (${orgId}::uuid, ${event?.id ?? 0n}, 'test.x')`)
    await expect(deliver(org.org.id)).rejects.toThrow(/row-level security/)
    const { queue } = house()
    await expect(unit.runAsIdentity((tx) => queue.enqueue(tx, org.owner, mail))).rejects.toThrow(/row-level security/)
    expect([await everything(), await deliveries()]).toEqual(before)
    expect(await deliver(PLATFORM_ORG_ID)).toBe(1)
  })

  test('reads none of it back, and changes none', async () => {
    const { queue } = house()
    await unit.runAsIdentity((tx) => queue.enqueue(tx, nobody, mail))
    for (const sql of [
      'select * from mail_message', 'select id from mail_message', 'delete from mail_message', "update mail_message set sealed = ''", 'select * from audit',
      'select payload from event', 'select * from delivery', 'delete from delivery', 'delete from event',
    ]) await expect(unit.runAsIdentity((tx) => tx.$executeRawUnsafe(sql)), sql).rejects.toThrow(/permission denied/)
    expect(await unit.runInTx(nobody, (tx) => tx.$queryRaw<unknown[]>`select sealed from mail_message`)).toHaveLength(1)
  })

  test('sees of events the installation\'s numbers alone', async () => {
    await unit.runInTx(org.owner, (tx) => house().queue.enqueue(tx, org.owner, mail))
    const rows = await unit.runAsIdentity((tx) => tx.$queryRaw<{ org_id: string }[]>`select id, org_id::text from event`)
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.filter(({ org_id: id }) => id !== PLATFORM_ORG_ID)).toEqual([])
  })
})
