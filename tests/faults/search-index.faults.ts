import assert from 'node:assert/strict'
import { IntelliDocsError } from '@intellidocs/client'
import { until } from '@intellidocs/testing'
import { fault, type FaultContext, type Suite } from './harness/fault.ts'
import type { Upload } from './harness/ledger-client.ts'
import { newLines } from './harness/managed-process.ts'

type Before = { readonly upload: Upload; readonly word: string; readonly documentId: string }

async function findable({ client, drain }: FaultContext): Promise<Before> {
  const upload = await client.upload({ kind: 'text' })
  await drain()
  const { outcome, content } = upload
  assert.ok(outcome.kind === 'acked' && content.word !== null)
  const before = { upload, word: content.word, documentId: outcome.documentId }
  assert.deepEqual(await search({ client }, before.word), { documents: [before.documentId], degraded: false })
  return before
}

type Answer = { readonly documents: readonly string[]; readonly degraded: boolean }

async function search({ client }: Pick<FaultContext, 'client'>, query: string): Promise<Answer> {
  const { hits, degraded } = await client.client.api.search.query.query({ query, mode: 'keyword' })
  return { documents: hits.map(({ documentId }) => documentId), degraded }
}

/** What does not need the index works as ever. */
async function assertUnaffected({ client }: FaultContext, { upload, documentId }: Before): Promise<void> {
  const { stream } = await client.client.download(documentId)
  assert.ok(Buffer.from(await new Response(stream).arrayBuffer()).equals(upload.content.bytes))
  const uploads = await client.uploadMany(3)
  assert.deepEqual(uploads.map(({ outcome }) => outcome.kind), ['acked', 'acked', 'acked'])
}

/** By itself, without a restart; and what was uploaded meanwhile is found too. */
async function assertRecovered({ client, drain }: FaultContext, { word, documentId }: Before): Promise<void> {
  await until('the index answers again', async () => {
    const { documents, degraded } = await search({ client }, word)
    return !degraded && documents[0] === documentId
  })
  await drain(240_000)
}

type Undo = (context: Pick<FaultContext, 'stack'>) => Promise<void>

/** What follows is the same for both: what was taken is given back, and the index answers again. */
const comesBack = (undo: Undo) => ({
  async expect(context: FaultContext, before: Before): Promise<void> {
    await undo(context)
    await assertRecovered(context, before)
  },
  undo,
  drainMs: 240_000,
})

const tables = ['passage', 'passage_keyword', 'passage_vector'] as const

const gone = fault({
  name: 'search index gone',
  what: 'the tables of passages, words and vectors are away while the product runs, and come back',
  arrange: findable,
  async act(context, before) {
    const { stack } = context
    const said = newLines(stack.worker)
    for (const table of tables) await stack.sql(`alter table ${table} rename to ${table}_away`)
    await assertUnaffected(context, before)
    // Nothing can be found, so nothing is claimed not to be there: an error, or an answer that says that it is none.
    const answer = await search(context, before.word).catch((error: unknown) => {
      if (!(error instanceof IntelliDocsError)) throw error
      return { documents: [], degraded: true }
    })
    assert.deepEqual(answer, { documents: [], degraded: true })
    await until('a reading came to the index and failed', () => said().includes('does not exist'))
  },
  ...comesBack(putBack),
})

async function putBack({ stack }: Pick<FaultContext, 'stack'>): Promise<void> {
  for (const table of tables) await stack.sql(`alter table if exists ${table}_away rename to ${table}`)
}

const forbidden = fault({
  name: 'search index forbidden',
  what: 'the rights on the words are taken away while the product runs, and given back; meaning answers alone',
  arrange: findable,
  async act(context, before) {
    const { stack } = context
    await stack.sql('revoke select on passage_keyword from app_keyword')
    await stack.sql('revoke select, insert, update, delete on passage_keyword from app')
    await assertUnaffected(context, before)
    assert.equal((await search(context, before.word)).degraded, true)
  },
  ...comesBack(giveBack),
})

async function giveBack({ stack }: Pick<FaultContext, 'stack'>): Promise<void> {
  await stack.sql('grant select on passage_keyword to app_keyword')
  await stack.sql('grant select, insert, update, delete on passage_keyword to app')
}

export const suite: Suite = { name: 'search-index', faults: [gone, forbidden] }
