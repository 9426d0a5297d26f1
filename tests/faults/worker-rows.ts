import assert from 'node:assert/strict'
import type { Stack } from './harness/stack.ts'

/** What must hold of the rows whatever happened to workers: every version over, no page missing in `ready`, nothing there twice. */
export async function assertRowsWhole(stack: Stack): Promise<void> {
  assert.deepEqual(await stack.sql(`select id, state from document_version where state in ('queued', 'processing')`), [], 'every version has ended')
  assert.deepEqual(await stack.sql(`
    select v.id, v.pages from document_version v where v.state = 'ready'
      and v.pages <> (select count(*) from page p where p.version_id = v.id and p.attempt = v.attempt)`), [], 'a ready version has all its pages')
  assert.deepEqual(await stack.sql(`
    select version_id, page, char_start, count(*) from passage group by 1, 2, 3 having count(*) > 1`), [], 'no passage is there twice')
  assert.deepEqual(await stack.sql(`
    select version_id, page, ordinal from (select *, lag(char_end) over (partition by version_id, page order by char_start) as before from passage) p
    where char_start < before`), [], 'no two passages share a letter')
  assert.deepEqual(await stack.sql(`
    select payload->>'versionId' as version, payload->>'attempt' as attempt, count(*) from event
    where type = 'documents.ready.v1' group by 1, 2 having count(*) > 1`), [], 'no version became ready twice')
  assert.deepEqual(await stack.sql(`
    select parent_id, sha256, count(*) from document d join document_version v on v.document_id = d.id
    where parent_id is not null group by 1, 2 having count(*) > 1`), [], 'no attachment became a document twice')
}

/** Everything that a run writes of a document, with the transaction that wrote it: any later write shows, even of the same values. */
export async function rowsOf(stack: Stack, versionId: string): Promise<unknown> {
  const version = await stack.sql('select v.xmin::text as written, to_jsonb(v) as row from document_version v where id = $1', [versionId])
  const pages = await stack.sql('select p.xmin::text as written, to_jsonb(p) as row from page p where version_id = $1 order by number', [versionId])
  const passages = await stack.sql('select p.xmin::text as written, to_jsonb(p) as row from passage p where version_id = $1 order by ordinal', [versionId])
  return { version, pages, passages }
}

/** Null: there is no such version. */
export async function stateOf(stack: Stack, versionId: string): Promise<{ state: string; attempt: number } | null> {
  const [row] = await stack.sql<{ state: string; attempt: number }>('select state, attempt from document_version where id = $1', [versionId])
  return row ?? null
}
