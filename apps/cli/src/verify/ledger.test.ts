import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CommandError } from '../failure.ts'
import { differenceKinds } from './checks.ts'
import { foldLedger, readLedger, unansweredBytes, type LedgerLine } from './ledger.ts'
import { promiseLine, promisesOf } from './report.ts'

let dir: string
beforeAll(async () => { dir = await mkdtemp(join(tmpdir(), 'intellidocs-ledger-test-')) })
afterAll(() => rm(dir, { recursive: true, force: true }))

const at = '2026-11-22T10:00:00.000Z'
const [org, documentId, versionId] = ['01a20148-380f-7470-a0c8-ba71713c3925', '01a20148-41ce-702a-bb1e-ae6a02bebce9', '01a20148-41ce-702a-bb1e-b3d8efd65741']
const upload = (id: string, sha256: string): LedgerLine => ({ kind: 'try', at, id, org, action: 'upload', sha256, size: 3, word: null, documentId: null })

test('answers are tied to their tries, and what was only tried stays open', () => {
  const { uploads, changes, orgs } = foldLedger([
    upload('a', 'aa'), upload('b', 'bb'), upload('c', 'cc'), { kind: 'ack', at, id: 'a', documentId, versionId }, { kind: 'refused', at, id: 'b', code: 'storage.full' },
    { kind: 'change', at, id: 'd', org, action: 'purge', documentId }, { kind: 'ack', at, id: 'd', documentId, versionId: null },
  ])
  expect(uploads.map(({ id, ack, refused }) => [id, ack?.versionId ?? null, refused])).toEqual([['a', versionId, false], ['b', null, true], ['c', null, false]])
  expect(changes).toEqual([{ action: 'purge', documentId, acked: true }])
  expect(orgs).toEqual([org])
})

test('bytes may lie about without a row only where nobody was promised them', () => {
  const tried = [upload('a', 'aa'), upload('b', 'bb'), { kind: 'ack', at, id: 'a', documentId, versionId } satisfies LedgerLine]
  expect(unansweredBytes(foldLedger(tried))).toEqual(new Set([`${org}/bb`]))
})

test('a last line that was cut short is no line; a broken one in between is told by its number', async () => {
  const path = join(dir, 'ledger.jsonl')
  await writeFile(path, `${JSON.stringify(upload('a', 'aa'))}\n{"kind":"ack","at"`)
  expect((await readLedger(path)).uploads).toHaveLength(1)
  await writeFile(path, `${JSON.stringify(upload('a', 'aa'))}\n{"kind":"ack","at"\n${JSON.stringify(upload('b', 'bb'))}\n`)
  await expect(readLedger(path)).rejects.toThrow(CommandError)
  await expect(readLedger(path)).rejects.toThrow(/line 2,/)
})

test('the line of the promises is as it was promised, and every kind of difference counts in a figure of it', () => {
  const none = promisesOf({ acked: 7, searchable: 5, decisions: 3, events: 40 }, [])
  expect(promiseLine(none)).toBe('acked=7 lost=0 | searchable=5 dup_hits=0 | orphan_blobs=0 missing_blobs=0 sha_mismatch=0 | decisions=3 double=0'
    + ' | events=40 missing=0 dup_effect=0 | foreign_reads=0 | stuck=0')
  for (const kind of differenceKinds) {
    expect(promiseLine(promisesOf({ acked: 7, searchable: 5, decisions: 3, events: 40 }, [{ kind, orgId: org, subject: '' }])), kind).not.toBe(promiseLine(none))
  }
})
