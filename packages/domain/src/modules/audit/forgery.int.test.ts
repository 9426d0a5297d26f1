import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createAuditKeys } from './audit.keys.ts'
import { exportedLines, openAuditHouse, SECRET_KEY, verifyAll, verifyLines, type AuditHouse } from './test-audit.ts'
import { forge, signAgain, type ForgedSeal } from './test-forgery.ts'

const keys = createAuditKeys({ secretKey: SECRET_KEY })
const ROW = 2
const edited = (line: string): string => line.replace('documents.folder-created.v1', 'documents.folder-deleted.v1')

let house: AuditHouse
let org: TestOrg
/** Of the chain as it was written: rows in three seals and more, with a checkpoint at the end. */
let lines: string[]
beforeAll(async () => { house = await openAuditHouse() })
afterAll(() => house.close())
beforeEach(async () => {
  org = await house.newOrg()
  for (const count of [4, 4]) {
    await house.write(count, org.editor)
    // Chains that a test before broke are never sealed, so this waits for the server alone.
    await house.free()
    await house.audit.seal()
  }
  await house.free()
  lines = await exportedLines(house.audit, org.owner)
})

/** What somebody who writes to the database without the key can do: everything but the macs. */
async function forgeDatabase(): Promise<ForgedSeal[]> {
  const { seals } = forge(lines, ROW, edited)
  expect(await house.tamper(`update audit set action = 'documents.folder-deleted.v1' where id = (
    select row_ids[$2 - first_seq + 1] from audit_seal where org_id = $1 and number = 1)`, [org.org.id, ROW])).toBe(1)
  for (const { number, previous, hash, rowHashes } of seals) {
    expect(await house.tamper('update audit_seal set previous = $3, hash = $4, row_hashes = $5 where org_id = $1 and number = $2',
      [org.org.id, number, previous, hash, rowHashes])).toBe(1)
  }
  return seals
}
const dropCheckpoints = () => house.tamper('delete from audit_checkpoint where org_id = $1', [org.org.id])
const made = async () => {
  const { rows: [row] } = await house.admin.query<{ seals: number; checkpoints: number }>(`select
    (select count(*)::int from audit_seal where org_id = $1) as seals, (select count(*)::int from audit_checkpoint where org_id = $1) as checkpoints`, [org.org.id])
  return row
}
const broken = { code: 'audit.broken' }

/** The installation neither seals nor signs nor exports it, and its lag tells. */
async function expectRefused(): Promise<void> {
  const before = await made()
  await house.write(1, org.editor)
  await house.audit.seal()
  await house.audit.sign()
  await expect(house.audit.checkpoint(org.owner)).rejects.toMatchObject(broken)
  await expect(exportedLines(house.audit, org.owner)).rejects.toMatchObject(broken)
  await expect(exportedLines(house.audit, org.owner, { action: 'documents.' })).rejects.toMatchObject(broken)
  expect(await made()).toEqual(before)
  expect(await house.audit.lag()).toBeGreaterThan(0)
  expect((await verifyAll(house.audit, org.owner)).ok).toBe(false)
}

describe('a chain that was made to fit itself without the key', () => {
  test('is neither sealed further nor signed nor exported', async () => {
    await forgeDatabase()
    await expectRefused()
  })

  test('is not either where the checkpoints were taken away too', async () => {
    await forgeDatabase()
    await dropCheckpoints()
    await expectRefused()
  })

  test('is not signed where only seals before the last are forged, with or without checkpoints', async () => {
    const last = (await forgeDatabase()).at(-1)
    if (last === undefined) throw new Error('nothing was sealed')
    await house.tamper('update audit_seal set mac = $3 where org_id = $1 and number = $2', [org.org.id, last.number, keys.macOf(last.hash)])
    for (const prepare of [async () => 0, dropCheckpoints]) {
      await prepare()
      const before = (await made())?.checkpoints
      await expect(house.audit.checkpoint(org.owner)).rejects.toMatchObject(broken)
      await expect(exportedLines(house.audit, org.owner)).rejects.toMatchObject(broken)
      await house.audit.sign()
      expect((await made())?.checkpoints).toBe(before)
    }
  })

  test('is not exported where a seal before the last checkpoint was changed alone', async () => {
    const [first] = forge(lines, ROW, edited).seals
    await house.tamper('update audit_seal set hash = $2, row_hashes = $3 where org_id = $1 and number = 1', [org.org.id, first?.hash, first?.rowHashes])
    for (const filter of [{}, { action: 'documents.' }]) await expect(exportedLines(house.audit, org.owner, filter)).rejects.toMatchObject(broken)
  })

  test('is named broken in a file, and in one that was signed with the key itself, by the checkpoint that was there', async () => {
    const key = house.audit.key().publicKey
    expect(await verifyLines(lines, [key])).toMatchObject({ ok: true, complete: true })
    const forged = forge(lines, ROW, edited)
    for (const file of [forged.lines, signAgain(forged, keys.signer)]) {
      for (const trusted of [[key], []]) {
        expect(await verifyLines(file, trusted)).toMatchObject({ ok: false, broken: { seq: 1, problem: expect.stringContaining('signed over other rows') } })
      }
    }
  })
})

describe('a seal that the product\'s own role puts in without the key', () => {
  const putIn = (xid: string) => house.runInTx(org.owner, (tx) => tx.$executeRaw`
    insert into audit_seal (org_id, number, first_seq, row_count, last_xid, last_id, row_ids, row_hashes, previous, hash, mac, at)
    select org_id, number + 1, first_seq + row_count, 1, ${xid}::text::xid8, 9223372036854775807, '{1}', substr(row_hashes, 1, 32), hash, hash, mac, at
    from audit_seal where org_id = ${org.org.id}::uuid order by number desc limit 1`)

  test('beyond every transaction does not end the sealing unseen', async () => {
    await putIn('18446744073709551615')
    await expectRefused()
  })

  test('over rows that were waiting does not hide them', async () => {
    await house.write(1, org.editor)
    const { rows: [row] } = await house.admin.query<{ xid: string }>('select max(xid)::text as xid from audit where org_id = $1', [org.org.id])
    await putIn(row?.xid ?? '')
    await expectRefused()
  })
})
