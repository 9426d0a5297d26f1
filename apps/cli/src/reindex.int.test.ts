import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testDatabase, type TestDatabase } from '@intellidocs/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCli } from './run.testkit.ts'

let database: TestDatabase
let dataDir: string
let env: Record<string, string>
beforeAll(async () => {
  database = await testDatabase()
  dataDir = await mkdtemp(join(tmpdir(), 'intellidocs-reindex-'))
  env = { DATA_DIR: dataDir, DATABASE_URL: database.url, INTELLIDOCS_EMBEDDED: '1' }
})
afterAll(async () => {
  await database.close()
  await rm(dataDir, { recursive: true })
})

const withMeili = () => ({ ...env, MEILI_URL: 'http://127.0.0.1:9', MEILI_KEY: 'k' })
async function sql<T>(statement: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: database.adminUrl })
  await client.connect()
  try {
    return (await client.query(statement)).rows as T[]
  } finally {
    await client.end()
  }
}

test('where no Meilisearch is named there is nothing to build', async () => {
  expect(await runCli(['reindex', '--meilisearch'], { env })).toMatchObject({ code: 1, stderr: expect.stringContaining('MEILI_URL') as string })
  expect(await sql('select from keyword_index')).toEqual([])
})

test('the next look of a worker builds it; the command tells how far that is, and ends with it', async () => {
  expect((await runCli(['reindex', '--meilisearch', '--no-wait', '--json'], { env: withMeili() })).json()).toMatchObject({ state: 'wanted' })
  expect(await sql('select state from keyword_index')).toEqual([{ state: 'wanted' }])
  const notes: string[] = []
  const ran = await runCli(['reindex', '--meilisearch'], { env: withMeili(), onNote: (text) => {
    notes.push(text)
    void sql("update keyword_index set state = 'kept', serves = true")
  } })
  expect(ran).toMatchObject({ code: 0, stdout: 'The index is built and serves.\n' })
  expect(notes.join('')).toContain('Waiting for a worker')
})
