import type { DocumentId } from '@intellidocs/contracts'
import type { Actor, Tx } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openRetention, type RetentionHouse } from './retention.testkit.ts'

/** A hold that is placed while something is deleted. */
let house: RetentionHouse
let a: TestOrg
beforeAll(async () => { house = await openRetention() })
afterAll(() => house.close())
beforeEach(async () => { a = await house.org() })

const purge = (actor: Actor, id: DocumentId) => house.documents.purge(actor, { id })
const trashed = async (): Promise<DocumentId> => house.trashed(a.owner, await house.upload(a.owner))

/** Begins a unit, does the work, and leaves it open until `end`. */
async function open(work: (tx: Tx) => Promise<unknown>) {
  const [worked, ending] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const over = house.unit.runInTx(a.owner, async (tx) => {
    await work(tx)
    worked.resolve()
    await ending.promise
  })
  over.catch(worked.reject)
  await worked.promise
  return { end: () => { ending.resolve(); return over } }
}
/** Until so many others wait for a lock; the embedded database has one session, in which nobody waits for a lock but for their turn. */
async function waiting(sessions: number): Promise<void> {
  if (house.db.kind === 'pglite') return
  for (let found = -1; found < sessions;) {
    const [row] = await house.rows<{ n: number }>(`select count(distinct l.pid)::int as n from pg_locks l
      join pg_stat_activity s on s.pid = l.pid and s.datname = current_database() where not l.granted`)
    found = row?.n ?? 0
  }
}

test('a hold waits for a deletion that was let through, and is on what is left', async () => {
  const [going, staying] = [await trashed(), await trashed()]
  const deletion = await open((tx) => house.retention.gate.documents(tx, a.owner, [going]))
  const placing = house.place(a.owner, { all: true })
  await waiting(1)
  // What comes behind the hold waits for it, and is refused by it.
  const late = Promise.allSettled([purge(a.owner, staying)])
  await waiting(2)
  expect(await house.rows('select id from retention_hold where org_id = $1', [a.org.id])).toEqual([])
  await deletion.end()
  const hold = await placing
  expect(await late).toMatchObject([{ status: 'rejected', reason: { code: 'retention.held', details: { holdId: hold.id } } }])
  expect(await house.isThere(staying)).toBe(true)
})

test('a document that leaves while the hold is placed is either out before or held', async () => {
  const folderId = await house.folder(a.owner)
  const id = await house.upload(a.owner, { folderId })
  const leaving = await open((tx) => tx.$executeRaw`update document set folder_id = null where id = ${id}::uuid`)
  const placing = house.place(a.owner, { folderId })
  await waiting(1)
  await leaving.end()
  await placing
  await house.trashed(a.owner, id)
  await purge(a.owner, id)
  expect(await house.isThere(id)).toBe(false)
})

/** 20 rounds were run by hand; here each costs what nine uploads do. */
const ROUNDS = 3

test('of what a hold is on, placed amid purges, nothing is gone that was there when it was committed', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const org = await house.org()
    a = org
    const ids = await Promise.all(Array.from({ length: 9 }, trashed))
    const left = () => house.rows<{ id: DocumentId }>('select id from document where org_id = $1 order by id', [org.org.id])
    const [first, ended] = [Promise.withResolvers<void>(), [] as string[]]
    // Three at a time, each one document after the other: some before the hold, some beside it, some after.
    const purges = [0, 1, 2].map(async (lane) => {
      for (const id of ids.filter((_, at) => at % 3 === lane)) {
        ended.push(await purge(org.owner, id).then(() => 'gone', (error: { code: string }) => error.code))
        first.resolve()
      }
    })
    await first.promise
    await house.place(org.owner, { all: true })
    const there = await left()
    await Promise.all(purges)
    expect([await left(), ended.filter((end) => end === 'retention.held').length, ended.filter((end) => end === 'gone').length]).toEqual([there, there.length, 9 - there.length])
    for (const { id } of there) await expect(purge(org.owner, id)).rejects.toMatchObject({ code: 'retention.held' })
  }
})
