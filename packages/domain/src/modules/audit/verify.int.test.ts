import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { exportedLines, openAuditHouse, SECRET_KEY, verifyAll, verifyLines, type AuditHouse } from './test-audit.ts'

let house: AuditHouse
let org: TestOrg
beforeAll(async () => { house = await openAuditHouse() })
afterAll(() => house.close())

/** Ten rows in three seals: 1 to 4, 5 to 8, 9 and 10. */
beforeEach(async () => {
  org = await house.newOrg()
  for (const count of [4, 4, 2]) {
    await house.write(count, org.editor)
    await house.seal()
  }
})

const idOf = async (seq: number): Promise<string> => {
  const { rows } = await house.admin.query<{ id: string }>(`select s.row_ids[$2 - s.first_seq + 1]::text as id from audit_seal s
    where s.org_id = $1 and $2 between s.first_seq and s.first_seq + s.row_count - 1`, [org.org.id, seq])
  return rows[0]?.id ?? ''
}
/** What the chain in the database and an export made afterwards both say. */
async function firstBroken(): Promise<{ live: number | null; offline: number | null }> {
  const live = await verifyAll(house.audit, org.owner)
  const offline = await verifyLines(await exportedLines(house.audit, org.owner), [house.audit.key().publicKey])
  expect([live.ok, offline.ok]).toEqual([false, false])
  return { live: live.broken?.seq ?? null, offline: offline.broken?.seq ?? null }
}

test('a chain that nobody touched holds, in the database and in an export', async () => {
  expect(await verifyAll(house.audit, org.owner)).toEqual({ ok: true, nextCursor: null, checked: 10, total: 10, unsealed: 0, broken: null })
  const report = await verifyLines(await exportedLines(house.audit, org.owner), [house.audit.key().publicKey])
  expect(report).toMatchObject({ ok: true, complete: true, org: org.org.id, checkpoints: 1, broken: null })
  // The export itself is the eleventh row, where nothing held it back.
  expect([10, 11]).toContain(report.last)
  expect(report.rows).toBe(report.last)
})

describe('done by a superuser past triggers, the first broken number is named live and in an export', () => {
  test('an edit of what was done', async () => {
    expect(await house.tamper('update audit set data = $2 where id = $1::bigint', [await idOf(6), { name: 'n 6 ' }])).toBe(1)
    expect(await firstBroken()).toEqual({ live: 6, offline: 6 })
  })
  test('an edit of the time by a microsecond', async () => {
    expect(await house.tamper("update audit set at = at + interval '1 microsecond' where id = $1::bigint", [await idOf(3)])).toBe(1)
    expect(await firstBroken()).toEqual({ live: 3, offline: 3 })
  })
  test('an edit of who did it, of the address and of the request', async () => {
    for (const [seq, column] of [[9, 'actor_kind'], [5, 'address'], [2, 'request_id']] as const) {
      expect(await house.tamper(`update audit set ${column} = 'other' where id = $1::bigint`, [await idOf(seq)])).toBe(1)
      expect(await firstBroken()).toEqual({ live: seq, offline: seq })
    }
  })
  test('a deletion', async () => {
    expect(await house.tamper('delete from audit where id = $1::bigint', [await idOf(7)])).toBe(1)
    expect(await firstBroken()).toEqual({ live: 7, offline: 7 })
  })
  test('two rows that change places', async () => {
    const [five, six] = [await idOf(5), await idOf(6)]
    expect(await house.tamper(`update audit a set xid = b.xid from audit b
      where (a.id, b.id) in (($1::bigint, $2::bigint), ($2::bigint, $1::bigint))`, [five, six])).toBe(2)
    expect(await firstBroken()).toEqual({ live: 5, offline: 5 })
  })
  test('a row put in before others', async () => {
    expect(await house.tamper(`insert into audit (org_id, xid, actor_id, actor_kind, action, subject_type, data)
      select org_id, xid, actor_id, actor_kind, 'test.late', 'test', '{}' from audit where id = $1::bigint`, [await idOf(6)])).toBe(1)
    const { live, offline } = await firstBroken()
    expect([live, offline]).toEqual([7, 7])
  })
  test('the last sealed rows cut off', async () => {
    expect(await house.tamper('delete from audit where id = any ($1::bigint[])', [[await idOf(9), await idOf(10)]])).toBe(2)
    expect(await firstBroken()).toEqual({ live: 9, offline: 9 })
  })
  test('everything emptied', async () => {
    expect(await house.tamper('delete from audit where org_id = $1', [org.org.id])).toBe(10)
    expect((await verifyAll(house.audit, org.owner)).broken?.seq).toBe(1)
  })
  test('a seal taken away', async () => {
    expect(await house.tamper('delete from audit_seal where org_id = $1 and number = 2', [org.org.id])).toBe(1)
    expect((await verifyAll(house.audit, org.owner)).broken?.seq).toBe(5)
  })
  test('a row and its seal edited to fit each other, which the key outside the database shows', async () => {
    const secretKey = Buffer.alloc(32, 1)
    const other = house.process({ secretKey })
    const forger = house.process({ secretKey, oldSecretKeys: [SECRET_KEY] })
    expect(await house.tamper('delete from audit where id = $1::bigint', [await idOf(10)])).toBe(1)
    expect(await house.tamper('delete from audit_seal where org_id = $1 and number = 3', [org.org.id])).toBe(1)
    await house.seal(forger)
    expect((await verifyAll(other, org.owner)).broken, 'only the first two seals are another key’s').toMatchObject({ seq: 1 })
    expect(await verifyAll(house.audit, org.owner)).toMatchObject({ ok: false, checked: 8, broken: { seq: 9 } })
  })
})

test('the end cut off together with its seals: a checkpoint kept elsewhere shows it, and so does a stored one', async () => {
  const { checkpoint } = await house.audit.checkpoint(org.owner)
  expect(checkpoint).toMatchObject({ seal: 3, seq: 10 })
  await house.tamper('delete from audit where id = any ($1::bigint[])', [[await idOf(9), await idOf(10)]])
  await house.tamper('delete from audit_seal where org_id = $1 and number = 3', [org.org.id])
  expect((await verifyAll(house.audit, org.owner)).broken?.seq).toBe(9)
  await house.tamper('delete from audit_checkpoint where org_id = $1', [org.org.id])
  expect(await verifyAll(house.audit, org.owner), 'what is not covered: nobody kept anything').toMatchObject({ ok: true, total: 8 })
  expect((await verifyAll(house.audit, org.owner, checkpoint ?? undefined)).broken?.seq).toBe(9)
  // Grown again, with the row of the checkpoint, it is another chain.
  await house.write(2, org.editor)
  await house.seal()
  expect(await verifyAll(house.audit, org.owner)).toMatchObject({ ok: true, total: 11 })
  expect((await verifyAll(house.audit, org.owner, checkpoint ?? undefined)).broken?.seq).toBe(9)
})

test('a checkpoint of another organization, or signed by another key, is refused as one', async () => {
  const { checkpoint } = await house.audit.checkpoint(org.owner)
  if (checkpoint === null) throw new Error('nothing was sealed')
  const forged = { ...checkpoint, seq: 11 }
  for (const it of [forged, { ...checkpoint, org: house.org.org.id }]) {
    await expect(house.audit.verify(org.owner, { checkpoint: it })).rejects.toMatchObject({ code: 'input.invalid' })
  }
})

test('after the secret key was changed, what the old one sealed and signed still verifies; without the old one it does not', async () => {
  const changed = await openAuditHouse()
  try {
    const { owner } = changed.org
    await changed.write(10)
    await changed.seal()
    await changed.audit.checkpoint(owner)
    const next = changed.process({ secretKey: Buffer.alloc(32, 4), oldSecretKeys: [SECRET_KEY] })
    await changed.write(3)
    await changed.seal(next)
    expect(await verifyAll(next, owner)).toMatchObject({ ok: true, checked: 14 })
    expect((await verifyAll(changed.process({ secretKey: Buffer.alloc(32, 4) }), owner)).broken?.seq).toBe(1)
    expect(next.key().keyId).not.toBe(changed.audit.key().keyId)
    const lines = await exportedLines(next, owner)
    expect(await verifyLines(lines, [next.key().publicKey])).toMatchObject({ ok: true, complete: true })
    expect(await verifyLines(lines, [changed.audit.key().publicKey])).toMatchObject({ ok: false })
  } finally {
    await changed.close()
  }
})

test('checkpoints are made at most once an hour, and only where something was sealed since', async () => {
  const count = async () => (await house.admin.query<{ n: number }>('select count(*)::int as n from audit_checkpoint where org_id = $1', [org.org.id])).rows[0]?.n
  const early = house.process({ secretKey: SECRET_KEY, clock: { ...systemClock, now: () => new Date(Date.now() - 61 * 60_000) } })
  await early.sign()
  expect(await count()).toBe(1)
  await house.audit.sign()
  expect(await count(), 'nothing was sealed since').toBe(1)
  for (let round = 0; round < 2; round += 1) {
    await house.write(1, org.editor)
    await house.seal()
    await house.audit.sign()
    expect(await count(), 'the second round is within the hour').toBe(2)
  }
})
