import { createTestOrg, testDatabase, type TestDatabase, type TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createIdempotency, createUnitOfWork, hashRequest, newId, systemClock, type Actor, type UnitOfWork } from './index.ts'

let db: TestDatabase
let org: TestOrg
let unit: UnitOfWork
beforeAll(async () => {
  db = await testDatabase()
  org = await createTestOrg(db.database)
  unit = createUnitOfWork({ database: db.database, clock: systemClock, onCommit: () => undefined })
})
afterAll(() => db.close())

const idempotency = createIdempotency()
let done = 0

function attempt(actor: Actor, key: string, content: unknown): Promise<unknown> {
  return unit.runInTx(actor, async (tx) => {
    const begun = await idempotency.begin(tx, actor, key, hashRequest(content))
    if ('replay' in begun) return begun.replay
    done += 1
    const answer = { id: newId() }
    await idempotency.finish(tx, actor, key, answer)
    return answer
  })
}

test('of fifty at once with one key one does the work, and all get its answer', async () => {
  done = 0
  const answers = await Promise.all(Array.from({ length: 50 }, () => attempt(org.editor, 'fifty', { a: 1 })))
  expect(done).toBe(1)
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
})

test('other content under the key is refused and changes nothing', async () => {
  const first = await attempt(org.editor, 'mismatch', { a: 1 })
  await expect(attempt(org.editor, 'mismatch', { a: 2 })).rejects.toMatchObject({ code: 'idempotency.mismatch' })
  expect(await attempt(org.editor, 'mismatch', { a: 1 })).toEqual(first)
})

test('a key belongs to one person', async () => {
  expect(await attempt(org.editor, 'mine', {})).not.toEqual(await attempt(org.viewer, 'mine', {}))
})

test('a key claimed without an answer yet is in flight', async () => {
  await unit.runInTx(org.editor, (tx) => idempotency.begin(tx, org.editor, 'flight', 'h'))
  await expect(unit.runInTx(org.editor, (tx) => idempotency.begin(tx, org.editor, 'flight', 'h')))
    .rejects.toMatchObject({ code: 'idempotency.in_flight' })
})

test('when the work fails the key is free again', async () => {
  await expect(unit.runInTx(org.editor, async (tx) => {
    await idempotency.begin(tx, org.editor, 'failed', hashRequest({}))
    throw new Error('no')
  })).rejects.toThrow('no')
  done = 0
  await attempt(org.editor, 'failed', {})
  expect(done).toBe(1)
})

test('an answer of null is an answer', async () => {
  await unit.runInTx(org.editor, async (tx) => {
    await idempotency.begin(tx, org.editor, 'null', 'h')
    await idempotency.finish(tx, org.editor, 'null', null)
  })
  expect(await unit.runInTx(org.editor, (tx) => idempotency.begin(tx, org.editor, 'null', 'h'))).toEqual({ replay: null })
})

test('an expired key counts as new, is swept away, and a live one is kept', async () => {
  const first = await attempt(org.editor, 'old', { a: 1 })
  await unit.runInTx(org.editor, (tx) => tx.$executeRaw`update idempotency_key set expires_at = now() - interval '1 s' where key = 'old'`)
  expect(await attempt(org.editor, 'old', { a: 2 })).not.toEqual(first)
  await unit.runInTx(org.editor, (tx) => tx.$executeRaw`update idempotency_key set expires_at = now() - interval '1 s' where key = 'old'`)
  expect(await unit.runAsSystem((tx) => idempotency.expire(tx))).toBe(1)
  await expect(attempt(org.editor, 'mismatch', { a: 2 })).rejects.toMatchObject({ code: 'idempotency.mismatch' })
})
