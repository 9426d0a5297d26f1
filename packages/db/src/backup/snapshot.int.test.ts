import { testDatabase, type TestDatabase } from '@intellidocs/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { takeSnapshot } from './snapshot.ts'

let db: TestDatabase
beforeAll(async () => { db = await testDatabase() })
afterAll(async () => { await db.close() })

const MB = 1024 * 1024

/** Pages of documents that are not there: what they belong to is nothing to a snapshot. */
async function writePages(sizes: readonly number[]): Promise<void> {
  const client = new pg.Client({ connectionString: db.adminUrl })
  await client.connect()
  try {
    await client.query('begin; set local session_replication_role = replica')
    await client.query(`insert into page (org_id, version_id, number, text, source, attempt)
      select gen_random_uuid(), gen_random_uuid(), n, repeat('a', size), 'text', 1 from unnest($1::int[]) with ordinality s(size, n) order by n`, [sizes])
    await client.query('commit')
  } finally {
    await client.end()
  }
}

test('large rows behind thousands of small ones come in small batches, each row once', async () => {
  const small = Array.from({ length: 6000 }, () => 10)
  const large = Array.from({ length: 30 }, () => MB)
  await writePages([...small, ...large, ...small, 6 * MB, ...large])
  const snapshot = await takeSnapshot(db.adminUrl)
  try {
    const page = snapshot.tables.find(({ name }) => name === 'page')
    if (page === undefined) throw new Error('no table of pages')
    const at = (column: string): number => page.columns.findIndex(({ name }) => name === column)
    const numbers: number[] = []
    const sizes: number[] = []
    for await (const batch of snapshot.rows(page)) {
      numbers.push(...batch.map((row) => Number(row[at('number')])))
      sizes.push(batch.reduce((sum, row) => sum + (row[at('text')]?.length ?? 0), 0))
    }
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 12_061 }, (_, n) => n + 1))
    // The one that is larger by itself stands alone.
    expect(sizes.filter((size) => size > 4 * MB)).toEqual([6 * MB])
    expect(sizes.length).toBeLessThan(60)
  } finally {
    await snapshot.close()
  }
})
