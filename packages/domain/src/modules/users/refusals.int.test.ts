import type { UserId } from '@intellidocs/contracts'
import { createUnitOfWork, newId, systemClock } from '@intellidocs/kernel'
import { testDatabase, type TestDatabase } from '@intellidocs/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { securityLogRepository } from './security-log.repository.ts'
import { isTold, noteRefusal } from './use-cases/note.ts'

let db: TestDatabase
let runAsIdentity: ReturnType<typeof createUnitOfWork>['runAsIdentity']
beforeAll(async () => {
  db = await testDatabase()
  ;({ runAsIdentity } = createUnitOfWork({ database: db.database, clock: systemClock, onCommit: () => undefined }))
})
afterAll(() => db.close())

type Kind = Parameters<typeof noteRefusal>[2]['kind']
const refuse = (userId: UserId | null, ip: string, kind: Kind = 'sign-in-refused') => runAsIdentity((tx) => noteRefusal(
  { securityLog: securityLogRepository }, tx, { visit: { requestId: 'r', ip, person: null, sessionToken: null, setCookie: () => undefined }, userId, kind }))
const logged = (userId: UserId | null, ip?: string) => runAsIdentity((tx) => tx.securityLogEntry.findMany({
  where: { userId, ...(ip === undefined ? {} : { address: ip }) }, select: { address: true, data: true }, orderBy: { id: 'asc' } }))

/** So many, some at a time, as they come in. */
async function refuseMany(count: number, one: (n: number) => Promise<void>): Promise<void> {
  for (let from = 0; from < count; from += 10) await Promise.all(Array.from({ length: Math.min(10, count - from) }, (_, n) => one(from + n)))
}

test('a thousand refusals from one address are sixteen rows, the last of which says a thousand', async () => {
  const [userId, ip] = [newId() as UserId, '192.0.2.1']
  await refuseMany(1000, () => refuse(userId, ip))
  const rows = await logged(userId)
  expect(rows.map(({ data }) => data)).toEqual(expect.arrayContaining([
    { today: 20, from: 'this address' }, { today: 100, from: 'this address' }, { today: 500, from: 'all addresses' }, { today: 1000, from: 'all addresses' },
  ]))
  expect(rows).toHaveLength(16)
})

test('a thousand refusals from a thousand addresses are little more than a hundred rows', async () => {
  const userId = newId() as UserId
  await refuseMany(1000, (n) => refuse(userId, `2001:db8::${n}`))
  const rows = await logged(userId)
  expect(rows).toHaveLength(103)
  expect(new Set(rows.slice(0, 100).map(({ address }) => address)).size).toBe(100)
})

test('each kind, each account and each address without an account is counted by itself', async () => {
  const [one, other, ip] = [newId() as UserId, newId() as UserId, '192.0.2.7']
  await refuseMany(15, () => refuse(one, ip))
  await refuse(one, '192.0.2.8')
  await refuse(one, ip, 'second-factor-refused')
  await refuse(other, ip)
  await refuseMany(25, () => refuse(null, ip))
  expect([(await logged(one)).length, (await logged(other)).length, (await logged(null, ip)).length]).toEqual([12, 1, 11])
})

test('a new day begins anew, and the counts of days before go', async () => {
  const userId = newId() as UserId
  await refuseMany(30, () => refuse(userId, '192.0.2.9'))
  await runAsIdentity((tx) => tx.$executeRaw`update refusal_count set day = day - 1`)
  const before = (await logged(userId)).length
  await refuse(userId, '192.0.2.9')
  expect((await logged(userId)).slice(before)).toEqual([{ address: '192.0.2.9', data: {} }])
  const old = () => runAsIdentity((tx) => tx.$queryRaw<unknown[]>`select from refusal_count where day < (now() at time zone 'UTC')::date`)
  for (let n = 0; (await old()).length > 0; n += 1) await refuse(null, `192.0.2.${100 + n}`)
  expect(await old()).toEqual([])
})

test.each([[1, true], [10, true], [11, false], [20, true], [25, false], [50, true], [100, true], [101, false], [150, false], [200, true], [1000, true], [1200, false]])(
  'the refusal %i of a day is told: %s', (n, told) => expect(isTold(n)).toBe(told))
