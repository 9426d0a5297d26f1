import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exportedLines, openAuditHouse, verifyLines, type AuditHouse } from './test-audit.ts'

let house: AuditHouse
let key: string
let lines: string[]
let seals: number
let last: number
beforeAll(async () => {
  house = await openAuditHouse()
  key = house.audit.key().publicKey
  for (const count of [6, 6, 6]) {
    await house.write(count)
    await house.seal()
    await house.audit.checkpoint(house.org.owner)
  }
  // Eighteen changes, three checkpoints, and the export: a transaction elsewhere on the server may hold the last two back.
  lines = await exportedLines(house.audit, house.org.owner)
  ;({ seals, last } = JSON.parse(lines[0] ?? '') as { seals: number; last: number })
})
afterAll(() => house.close())

type Line = { type: string; seq?: number; data?: { name?: string } }
const parsed = (line: string): Line => JSON.parse(line) as Line
const indexOf = (seq: number): number => lines.findIndex((line) => parsed(line).type === 'row' && parsed(line).seq === seq)
const brokenSeq = async (changed: readonly string[]): Promise<number | null | undefined> => (await verifyLines(changed, [key])).broken?.seq

test('an export of everything verifies with nothing but itself and the public key', async () => {
  const types = lines.map((line) => parsed(line).type)
  expect([types[0], types.at(-1), types.filter((type) => type === 'seal').length]).toEqual(['header', 'end', seals])
  expect(types.filter((type) => type === 'checkpoint').length).toBeGreaterThanOrEqual(3)
  expect([20, 21, 22]).toContain(last)
  expect(await verifyLines(lines, [key])).toMatchObject({
    ok: true, org: house.org.org.id, complete: true, rows: last, last, checkpoints: types.filter((type) => type === 'checkpoint').length, keyId: house.audit.key().keyId, broken: null,
  })
})

test('an edit of any row is named by its number', async () => {
  for (let seq = 1; seq <= last; seq += 1) {
    const changed = lines.with(indexOf(seq), (lines[indexOf(seq)] ?? '').replace('"action":"', '"action":"x'))
    expect(await brokenSeq(changed)).toBe(seq)
  }
})

test('a deletion of any row is named by its number', async () => {
  for (let seq = 1; seq <= last; seq += 1) expect(await brokenSeq(lines.toSpliced(indexOf(seq), 1))).toBe(seq)
})

test('rows that change places are named by the first place that is wrong, in one seal and across two', async () => {
  for (const [a, b] of [[1, 2], [5, 6], [6, 7], [3, 17]] as const) {
    const [one, other] = [lines[indexOf(a)] ?? '', lines[indexOf(b)] ?? '']
    expect(await brokenSeq(lines.with(indexOf(a), other).with(indexOf(b), one))).toBe(a)
  }
})

test('a file cut off anywhere is named by the first number that is missing', async () => {
  for (let length = 1; length < lines.length; length += 1) {
    const kept = lines.slice(0, length)
    const lastKept = kept.findLast((line) => parsed(line).type === 'row')
    expect(await brokenSeq(kept), `after ${length} lines`).toBe((lastKept === undefined ? 0 : parsed(lastKept).seq ?? 0) + 1)
  }
})

test('the last rows and their seal cut out before the signed end are missed', async () => {
  const starts = lines.flatMap((line, at) => (parsed(line).type === 'seal' ? [at] : []))
  const firstOf = (at = 0): number => (JSON.parse(lines[at] ?? '') as { first: number }).first
  const cut = [...lines.slice(0, starts.at(-1)), lines.at(-1) ?? '']
  expect(await brokenSeq(cut)).toBe(firstOf(starts.at(-1)))
  const middle = [...lines.slice(0, starts[1]), ...lines.slice(starts[2])]
  expect(await brokenSeq(middle)).toBe(firstOf(starts[1]))
})

test('a row that is added, a repeated one, a changed seal, a changed header, a changed or second end: none passes', async () => {
  const row = lines[indexOf(4)] ?? ''
  expect(await brokenSeq(lines.toSpliced(indexOf(4), 0, row))).toBe(5)
  expect(await brokenSeq(lines.toSpliced(lines.length - 1, 0, row))).toBe(last + 1)
  const seal = lines.findIndex((line) => parsed(line).type === 'seal')
  expect(await brokenSeq(lines.with(seal, (lines[seal] ?? '').replace('"at":"20', '"at":"21')))).toBe(1)
  const header = lines[0] ?? ''
  const bad = [
    lines.with(0, header.replace('"complete":true', '"complete":false')), lines.with(0, header.replace('"exportedAt":"20', '"exportedAt":"21')),
    lines.toSpliced(0, 1), [...lines, lines.at(-1) ?? ''], lines.with(-1, (lines.at(-1) ?? '').replace(`"rows":${last}`, '"rows":1')), [...lines, 'x'], [],
  ]
  for (const changed of bad) expect((await verifyLines(changed, [key])).ok).toBe(false)
})

test('a chain rebuilt from the start by somebody without the key does not lead to what was signed', async () => {
  const forger = await openAuditHouse()
  try {
    await forger.write(last)
    const other = forger.process({ secretKey: Buffer.alloc(32, 1) })
    await forger.seal(other)
    const forged = await exportedLines(other, forger.org.owner)
    expect(await verifyLines(forged, []), 'the file fits itself').toMatchObject({ ok: true })
    expect(await verifyLines(forged, [key])).toMatchObject({ ok: false, broken: { seq: 1 } })
  } finally {
    await forger.close()
  }
})

test('a filtered export says that it proves no completeness, and proves the rows that it has', async () => {
  await house.seal()
  const filtered = await exportedLines(house.audit, house.org.owner, { action: 'audit.' })
  expect(JSON.parse(filtered[0] ?? '')).toMatchObject({ complete: false, filter: { action: 'audit.' } })
  const report = await verifyLines(filtered, [key])
  expect(report).toMatchObject({ ok: true, complete: false })
  expect(report.rows).toBe(filtered.filter((line) => parsed(line).type === 'row').length)
  const at = filtered.findIndex((line) => parsed(line).type === 'row')
  const row = filtered[at] ?? ''
  expect((await verifyLines(filtered.with(at, row.replace('"action":"', '"action":"x')), [key])).broken).toMatchObject({ seq: parsed(row).seq })
  expect((await verifyLines(filtered.toSpliced(at, 1), [key])).ok).toBe(false)
  const none = await exportedLines(house.audit, house.org.owner, { action: 'nothing' })
  expect(await verifyLines(none, [key])).toMatchObject({ ok: true, rows: 0, complete: false })
})

test('whoever exports is written down before the first line', async () => {
  const newest = async () => (await house.audit.list(house.org.owner, { action: 'audit.export', limit: 1 })).items[0]
  const before = await newest()
  await house.audit.export(house.org.admin, { format: 'ocsf', from: '2026-01-01T00:00:00Z' })
  const after = await newest()
  expect(after?.id).not.toBe(before?.id)
  expect(after).toMatchObject({
    actor: { id: house.org.admin.userId }, action: 'audit.export', data: { format: 'ocsf', filter: { from: '2026-01-01T00:00:00Z' } },
  })
})

test('a checkpoint that somebody had signed is a row of theirs, written with it or not at all; those of the clock are none', async () => {
  const [asked, unasked] = [await house.newOrg(), await house.newOrg()]
  const signings = async ({ owner }: TestOrg) => (await house.audit.list(owner, { action: 'audit.checkpoint', limit: 10 })).items
  const stored = async ({ org }: TestOrg) => (await house.admin.query('select from audit_checkpoint where org_id = $1', [org.id])).rowCount
  for (const { editor } of [asked, unasked]) await house.write(2, editor)
  await house.seal()
  await house.admin.query(`create function refuse_audit() returns trigger language plpgsql as $$ begin raise exception 'no room for the audit'; end $$;
    create trigger refuse before insert on audit for each row execute function refuse_audit()`)
  try {
    await expect(house.audit.checkpoint(asked.admin)).rejects.toThrow(/no room/)
    expect(await stored(asked)).toBe(0)
  } finally {
    await house.admin.query('drop trigger refuse on audit; drop function refuse_audit')
  }
  const { key: { keyId } } = await house.audit.checkpoint(asked.admin)
  expect(await stored(asked)).toBe(1)
  expect(await signings(asked)).toEqual([expect.objectContaining({
    actor: expect.objectContaining({ id: asked.admin.userId }), subject: { type: 'org', id: asked.org.id }, data: { seal: 1, seq: 2, keyId },
  })])
  await house.audit.sign()
  expect([await stored(unasked), await signings(unasked)]).toEqual([1, []])
})

test('an organization exports its own rows and no other', async () => {
  const other = await house.newOrg()
  await house.write(2, other.editor)
  await house.seal()
  const theirs = await exportedLines(house.audit, other.owner)
  expect([2, 3]).toContain(theirs.filter((line) => parsed(line).type === 'row').length)
  expect(theirs.join('\n')).not.toContain(house.org.org.id)
})
