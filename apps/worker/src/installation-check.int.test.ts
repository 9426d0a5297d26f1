import { writeFile } from 'node:fs/promises'
import type { InstallationCheck, UserId } from '@intellidocs/contracts'
import { newId } from '@intellidocs/kernel'
import { createTestOrg } from '@intellidocs/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestHouse, until, type TestHouse } from './test-house.ts'

let house: TestHouse
let sql: pg.Client
let working: Awaited<ReturnType<TestHouse['work']>>
let [sound, gone, short, silent]: { id: string }[] = []
beforeAll(async () => {
  house = await openTestHouse()
  sql = new pg.Client({ connectionString: house.adminUrl })
  await sql.connect()
  working = await house.work()
  ;[sound, gone, short, silent] = await Promise.all(['sound', 'gone', 'short', 'silent'].map(async (name) => {
    const { id } = await house.upload(`words of ${name}`, `${name}.txt`)
    await house.settled(id)
    return { id }
  }))
  await createTestOrg(house.database)
})
afterAll(async () => {
  await working.stop()
  await sql.end()
  await house.close()
})

const step = (id: string) => house.modules.admin.checks.step(id, () => undefined)
async function asked(hash = true): Promise<string> {
  const id = newId()
  await sql.query('insert into installation_check (id, hash, asked_by) values ($1, $2, $3)', [id, hash, house.owner.userId satisfies UserId])
  return id
}
const get = (id: string): Promise<InstallationCheck> => house.modules.admin.checks.get(id)
async function run(hash = true): Promise<InstallationCheck> {
  const id = await asked(hash)
  await house.modules.admin.checks.startRuns(house.checkRuns)
  return until(() => get(id), ({ endedAt }) => endedAt !== null)
}
const sha = async (id = ''): Promise<string> => (await sql.query<{ sha256: string }>('select sha256 from document_version where document_id = $1', [id])).rows[0]?.sha256 ?? ''

test('where all is sound a check finds nothing but that this house has no model of meaning, and tells how much it looked at', async () => {
  expect(await run()).toMatchObject({ state: 'done', hash: true, orgs: { done: 2, total: 2 }, blobs: 4, counts: { vectors_missing: 4 } })
})

test('what is missing, damaged or not found any more is counted and named by ids, in the background', async () => {
  await house.blobs.delete(house.owner.orgId, await sha(gone?.id))
  await sql.query('update document_version set size = size + 1 where document_id = $1', [short?.id])
  await sql.query('delete from passage_keyword where document_id = $1', [silent?.id])
  const check = await run(false)
  const kinds = Object.fromEntries(Object.entries(check.counts).filter(([kind]) => kind !== 'vectors_missing'))
  expect([check.state, kinds]).toEqual(['done', { missing_blobs: 1, damaged_blobs: 1, words_missing: 1 }])
  const subjects = check.differences.filter(({ kind }) => kind.endsWith('_blobs')).map(({ kind, orgId, subject }) => `${kind} ${orgId} ${subject}`)
  const { orgId } = house.owner
  expect(subjects.toSorted((one, other) => one.localeCompare(other))).toEqual([`damaged_blobs ${orgId} document ${short?.id}`, `missing_blobs ${orgId} document ${gone?.id}`])
  expect(JSON.stringify(check)).not.toMatch(/gone\.txt|words of|[0-9a-f]{64}/)
})

test('bytes that were changed are found where they are read', async () => {
  const name = await sha(sound?.id)
  const length = (await house.blobs.stat(house.owner.orgId, name))?.size ?? 0
  await writeFile(`${house.folder}/blobs/org/${house.owner.orgId}/${name}`, 'x'.repeat(length))
  expect([(await run(false)).counts['damaged_blobs'], (await run(true)).counts['damaged_blobs']]).toEqual([1, 2])
})

test('a step that is done twice, also at once, is written once', async () => {
  const id = await asked(false)
  for (let done = false; !done;) {
    const steps = await Promise.all([1, 2, 3].map(() => step(id)))
    done = steps.some((one) => one.done)
  }
  const before = await get(id)
  await step(id)
  expect(await get(id)).toEqual(before)
  expect(before).toMatchObject({ state: 'done', orgs: { done: 2, total: 2 }, blobs: 4 })
})

test('one that is cancelled ends at its next step and keeps what it found', async () => {
  const id = await asked(false)
  await step(id)
  await sql.query('update installation_check set cancel_asked = true where id = $1', [id])
  expect(await step(id)).toEqual({ done: true })
  const check = await get(id)
  expect([check.state, check.endedAt === null, check.orgs.done < check.orgs.total]).toEqual(['cancelled', false, true])
})
