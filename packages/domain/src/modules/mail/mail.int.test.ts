import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SYSTEM_USER_ID, type GroupId, type Mail } from '@intellidocs/contracts'
import {
  createCommitNotifier, createLog, createOutbox, createRelay, createUnitOfWork, noSource, platformActor, subscriber, systemActor, systemClock,
  type Actor, type CommittedEvent, type RelayOptions, type Tx, type UnitOfWork,
} from '@intellidocs/kernel'
import { createMailSender, MailSendError, type MailSender, type Message } from '@intellidocs/mail'
import { createTestOrg, testDatabase, type TestDatabase, type TestOrg } from '@intellidocs/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createMailModule } from './index.ts'

const log = createLog({ level: 'silent', name: 'test' })
const [secretKey, olderKey] = [randomBytes(32), randomBytes(32)]
const token = 'one-time-token-0123456789abcdef'
const mail: Mail = {
  to: 'ada@example.org', locale: 'pt', template: 'reset-password', data: { name: 'Ada Lovelace', token, expiresAt: '2099-11-23T09:05:00.000Z' },
}
const nobody = platformActor({ userId: SYSTEM_USER_ID, requestId: 'test', source: noSource })

let db: TestDatabase
let org: TestOrg
let unit: UnitOfWork
let folder: string
beforeAll(async () => {
  db = await testDatabase()
  org = await createTestOrg(db.database)
  unit = createUnitOfWork({ database: db.database, clock: systemClock, onCommit: createCommitNotifier({ database: db.database, log }) })
})
afterAll(() => db.close())
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'intellidocs-mail-')) })

let stops: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()))
  stops = []
  await rm(folder, { recursive: true, force: true })
  await unit.runAsSystem((tx) => tx.$executeRaw`delete from delivery`)
  for (const actor of [org.system, nobody]) await unit.runInTx(actor, (tx) => tx.$executeRaw`delete from mail_message`)
})

const inFolder = (): MailSender => createMailSender({ kind: 'folder', dir: folder, from: { name: 'IntelliDocs', address: 'no-reply@example.org' } })
function house(sender: MailSender = inFolder(), given: Partial<Parameters<typeof createMailModule>[0]> = {}) {
  const outbox = createOutbox()
  const postman = { sender, publicUrl: 'https://docs.example.org' }
  const module = createMailModule({ ...unit, clock: systemClock, outbox, secretKey, postman, makeNotice: async () => null, ...given })
  outbox.register(module.subscribers)
  return module
}
function relay(subscribers: RelayOptions['subscribers'], over: Partial<RelayOptions> = {}): void {
  const stop = new AbortController()
  const running = createRelay({ database: db.database, subscribers, log, clock: systemClock, signal: stop.signal, retryDelay: () => 0, pollMs: 50, ...over }).run()
  stops.push(async () => {
    stop.abort()
    await running
  })
}

type Row = { sealed: Uint8Array }
const waiting = (actor: Actor): Promise<Row[]> => unit.runInTx(actor, (tx) => tx.$queryRaw<Row[]>`select sealed from mail_message order by id`)
const deliveries = () => unit.runAsSystem((tx) => tx.$queryRaw<{ state: string; attempts: number; last_error: string | null }[]>`select state, attempts, last_error from delivery`)
const payloads = async (actor: Actor): Promise<unknown[]> => (await unit.runInTx(systemActor(actor.orgId, 'test'), (tx) =>
  tx.$queryRaw<{ payload: unknown }[]>`select payload from event where type = 'mail.queued.v1' order by id`)).map(({ payload }) => payload)
const files = async (): Promise<string[]> => Promise.all((await readdir(folder)).toSorted().map((name) => readFile(join(folder, name), 'utf8')))
const settled = () => vi.waitFor(async () => expect(await deliveries()).toEqual([]), { timeout: 30_000, interval: 20 })

type Run = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>
describe.each<[string, () => Actor, () => Run]>([
  ['in an organization', () => org.owner, () => (work) => unit.runInTx(org.owner, work)],
  ['before an organization is known', () => nobody, () => (work) => unit.runAsIdentity(work)],
])('what is queued %s', (_where, actorOf, runOf) => {
  test('is sent after the commit, once, and removed', async () => {
    const { queue, subscribers } = house()
    relay(subscribers)
    await runOf()((tx) => queue.enqueue(tx, actorOf(), mail))
    await settled()
    const [sent, ...more] = await files()
    expect(more).toEqual([])
    expect(sent).toContain('To: ada@example.org')
    expect(sent?.replaceAll('=\r\n', '').replaceAll('=3D', '=')).toContain(`https://docs.example.org/reset-password#token=${token}`)
    expect(await waiting(actorOf())).toEqual([])
  })

  test('is never sent when the transaction is rolled back', async () => {
    const { queue, subscribers } = house()
    relay(subscribers)
    const before = await payloads(actorOf())
    await expect(runOf()(async (tx) => {
      await queue.enqueue(tx, actorOf(), mail)
      throw new Error('changed my mind')
    })).rejects.toThrow('changed my mind')
    expect([await waiting(actorOf()), await deliveries(), await payloads(actorOf()), await files()]).toEqual([[], [], before, []])
  })

  test('stands in no row and no event in clear', async () => {
    const { queue } = house()
    await runOf()((tx) => queue.enqueue(tx, actorOf(), mail))
    const [row] = await waiting(actorOf())
    const everything = `${Buffer.from(row?.sealed ?? []).toString('latin1')} ${JSON.stringify(await payloads(actorOf()))}`
    for (const secret of [token, mail.to, 'Lovelace', Buffer.from(token).toString('base64').slice(0, 20)]) expect(everything).not.toContain(secret)
    expect((await payloads(actorOf())).at(-1)).toEqual({ mailId: expect.stringMatching(/^[0-9a-f-]{36}$/) })
  })

  test('is refused whole when a name would break a line', async () => {
    const { queue } = house()
    const before = await payloads(actorOf())
    const refused = runOf()((tx) => queue.enqueue(tx, actorOf(), { to: mail.to, locale: 'en', template: 'account-exists', data: { name: 'Ada\r\nBcc: eve@example.org' } }))
    await expect(refused).rejects.toMatchObject({ code: 'input.invalid', details: { issues: [{ path: 'data.name' }] } })
    expect([await waiting(actorOf()), await deliveries(), await payloads(actorOf())]).toEqual([[], [], before])
  })
})

describe('sending', () => {
  const queued = (module: ReturnType<typeof house>) => unit.runInTx(org.owner, (tx) => module.queue.enqueue(tx, org.owner, mail))
  /** A server that takes what comes after `fails` failures. */
  function flaky(fails: number): MailSender & { readonly taken: Message[]; tries: number } {
    const taken: Message[] = []
    return {
      taken, tries: 0,
      async send(message) {
        this.tries += 1
        if (this.tries <= fails) throw new MailSendError('ECONNECTION', 'ECONNECTION')
        taken.push(message)
      },
    }
  }
  const committed = async (): Promise<CommittedEvent> => {
    const [row] = await unit.runInTx(org.system, (tx) => tx.$queryRaw<{ id: bigint; payload: { mailId: string } }[]>`
      select id, payload from event where type = 'mail.queued.v1' order by id desc limit 1`)
    if (row === undefined) throw new Error('nothing was queued')
    return { ...row, orgId: org.org.id, type: 'mail.queued.v1', actorId: org.owner.userId, at: new Date() }
  }

  test('is tried again while the server is away, and then happens once', async () => {
    const server = flaky(3)
    const module = house(server)
    relay(module.subscribers)
    await queued(module)
    await settled()
    expect([server.tries, server.taken.length, await waiting(org.owner)]).toEqual([4, 1, []])
  })

  test('goes on with the reason beside it, long after others are given up, until the mail is too old', async () => {
    const server = flaky(Infinity)
    const module = house(server)
    relay(module.subscribers, { maxAttempts: 2 })
    await queued(module)
    await vi.waitFor(() => expect(server.tries).toBeGreaterThan(20), { timeout: 20_000 })
    expect(await deliveries()).toMatchObject([{ last_error: 'MailSendError ECONNECTION: the mail was not handed on (ECONNECTION)' }])
    expect(await waiting(org.owner)).toHaveLength(1)
    await unit.runInTx(org.system, (tx) => tx.$executeRaw`delete from mail_message`)
    await settled()
  })

  test('is parked with the reason after the last attempt where the server refuses it, and the mail stays', async () => {
    const module = house({ send: () => Promise.reject(new MailSendError('EENVELOPE', 'EENVELOPE, the server answered 550', { refused: true })) })
    relay(module.subscribers, { maxAttempts: 2 })
    await queued(module)
    await vi.waitFor(async () => expect(await deliveries()).toEqual([
      { state: 'parked', attempts: 2, last_error: 'MailSendError EENVELOPE: the mail was not handed on (EENVELOPE, the server answered 550)' },
    ]), { timeout: 20_000 })
    expect(await waiting(org.owner)).toHaveLength(1)
  })

  test('is not tried any more where its link is over', async () => {
    const server = flaky(0)
    const module = house(server)
    await unit.runInTx(org.owner, (tx) => module.queue.enqueue(tx, org.owner, { ...mail, data: { name: 'Ada', token, expiresAt: '2020-01-01T00:00:00.000Z' } }))
    relay(module.subscribers)
    await settled()
    expect([server.tries, await waiting(org.owner)]).toEqual([0, []])
  })

  test('of digests takes one place of the two, so that what somebody waits for is sent while thousands of them are', async () => {
    const [hangs, taken] = [Promise.withResolvers<void>(), [] as string[]]
    const server: MailSender = {
      async send({ to }) {
        taken.push(to)
        if (to === digest.to) await hangs.promise
      },
    }
    const digest: Mail = { ...mail, to: 'digest@example.org' }
    const module = house(server, { makeNotice: async () => digest })
    for (let n = 0; n < 5; n += 1) {
      await unit.runInTx(org.owner, (tx) => module.notices.enqueueDigests(tx, org.owner, [{ userId: org.owner.userId, noticeId: randomUUID() }]))
    }
    for (let n = 0; n < 3; n += 1) await queued(module)
    relay(module.subscribers, { concurrency: 4 })
    await vi.waitFor(() => expect(taken.filter((to) => to === mail.to)).toHaveLength(3), { timeout: 20_000 })
    await vi.waitFor(async () => expect(await deliveries()).toHaveLength(5), { timeout: 20_000 })
    expect(taken.filter((to) => to === digest.to)).toHaveLength(1)
    hangs.resolve()
    await settled()
    expect(taken).toHaveLength(8)
  })

  test('delivered twice, sends once; cut off before the row was removed, sends the twin under the same id', async () => {
    const server = flaky(0)
    const module = house(server)
    await queued(module)
    const [event, signal] = [await committed(), new AbortController().signal]
    const kept = await unit.runInTx(org.system, (tx) => tx.$queryRaw<{ id: string; sealed: Uint8Array<ArrayBuffer> }[]>`select id::text, sealed from mail_message`)
    await module.subscribers[0]?.handle(event, signal)
    await module.subscribers[0]?.handle(event, signal)
    expect(server.taken).toHaveLength(1)

    // As a process leaves it that ended after the server's answer.
    for (const { id, sealed } of kept) {
      await unit.runInTx(org.system, (tx) => tx.$executeRaw`insert into mail_message (id, org_id, sealed) values (${id}::uuid, ${org.org.id}::uuid, ${sealed})`)
    }
    await module.subscribers[0]?.handle(event, signal)
    expect(server.taken).toHaveLength(2)
    expect(new Set(server.taken.map(({ id }) => id)).size).toBe(1)
  })

  test('by a server that does not answer holds two places of the relay, and leaves the others to other work of the same organization', async () => {
    const answer = Promise.withResolvers<void>()
    let [begun, most, open] = [0, 0, 0]
    const module = house({
      async send() {
        begun += 1
        open += 1
        most = Math.max(most, open)
        await answer.promise
        open -= 1
      },
    })
    const others: string[] = []
    const other = subscriber({ name: 'test.other', events: ['orgs.group-created.v1'], handle: async ({ payload }) => { others.push(payload.groupId) } })
    const outbox = createOutbox()
    outbox.register([other])
    for (let n = 0; n < 10; n += 1) await queued(module)
    relay([...module.subscribers, other], { concurrency: 4 })
    await vi.waitFor(() => expect(begun).toBe(2), { timeout: 20_000 })
    const groups = Array.from({ length: 5 }, () => randomUUID() as GroupId)
    for (const groupId of groups) {
      await unit.runInTx(org.owner, (tx) => outbox.append(tx, org.owner, { type: 'orgs.group-created.v1', payload: { groupId }, audit: false }))
    }
    await vi.waitFor(() => expect(others.toSorted()).toEqual(groups.toSorted()), { timeout: 20_000 })
    expect([begun, (await waiting(org.owner)).length]).toEqual([2, 10])
    answer.resolve()
    await settled()
    expect([begun, most, await waiting(org.owner)]).toEqual([10, 2, []])
  })

  test('opens what an older key sealed, and nothing that no key of the process sealed', async () => {
    await queued(house(flaky(0), { secretKey: olderKey }))
    const [event, signal] = [await committed(), new AbortController().signal]
    const without = flaky(0)
    await expect(house(without).subscribers[0]?.handle(event, signal)).rejects.toThrow('no key opens')
    expect([without.tries, await waiting(org.owner)]).toMatchObject([0, [{}]])
    const withOlder = flaky(0)
    await house(withOlder, { oldSecretKeys: [olderKey] }).subscribers[0]?.handle(event, signal)
    expect([withOlder.taken.length, await waiting(org.owner)]).toEqual([1, []])
  })
})

test('mail that nobody took in seven days is removed in every organization, with what was given up of it, younger mail is not', async () => {
  const module = house()
  await unit.runInTx(org.owner, (tx) => module.queue.enqueue(tx, org.owner, mail))
  await unit.runAsIdentity((tx) => module.queue.enqueue(tx, nobody, mail))
  const old = randomUUID()
  await unit.runInTx(org.system, (tx) => tx.$executeRaw`
    insert into mail_message (id, org_id, sealed, created_at) values (${old}::uuid, ${org.org.id}::uuid, '\\x00', now() - interval '8 days')`)
  await unit.runAsSystem((tx) => tx.$executeRaw`update delivery set state = 'parked' where org_id = ${org.org.id}::uuid`)
  expect(await module.removeStale()).toBe(1)
  expect([(await waiting(org.owner)).length, (await waiting(nobody)).length]).toEqual([1, 1])
  await expect(unit.runAsSystem((tx) => tx.$queryRaw`select sealed from mail_message`)).rejects.toThrow(/permission denied/)
  expect((await deliveries()).map(({ state }) => state).toSorted()).toEqual(['parked', 'pending'])
  // With a mail goes what the relay gave up of it; what it did not finds out by itself that nothing is left.
  expect(await house(inFolder(), { clock: { now: () => new Date(Date.now() + 8 * 86_400_000) } }).removeStale()).toBe(2)
  expect((await deliveries()).map(({ state }) => state)).toEqual(['pending'])
})
