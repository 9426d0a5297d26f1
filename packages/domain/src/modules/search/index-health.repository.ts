import type { Tx } from '@intellidocs/kernel'

/** What may be wrong with what search answers from, in the order in which it is told. */
export const indexFaults = [
  'unpublished', 'dup_hits', 'pages_missing', 'passages_missing', 'words_missing', 'vectors_missing', 'stale_passages', 'stale_words',
] as const
export type IndexFault = (typeof indexFaults)[number]

/** Names by ids, in a tenant unit, what of the organization is not as it should be: `limit` at most. */
export type IndexCheck = (tx: Tx, limit: number) => Promise<{ readonly subject: string }[]>

const unpublished: IndexCheck = (tx, limit) => tx.$queryRaw`
  select 'document ' || d.id as subject from document d join document_version v on v.org_id = d.org_id and v.id = d.current_version_id
  where v.state = 'ready' and d.published_version_id is distinct from v.id limit ${limit}`

const dupHits: IndexCheck = (tx, limit) => tx.$queryRaw`
  select 'version ' || version_id || ' page ' || page as subject from passage
  group by version_id, page, char_start, char_end having count(*) > 1 limit ${limit}`

const pagesMissing: IndexCheck = (tx, limit) => tx.$queryRaw`
  select 'version ' || v.id || ': ' || count(p.number) || ' of ' || coalesce(v.pages, 0) as subject
  from document_version v
  left join page p on p.org_id = v.org_id and p.version_id = v.id and app.page_accounted(p.source, p.text, p.warnings)
  where v.state = 'ready' group by v.id, v.pages
  having count(p.number) <> coalesce(v.pages, -1) or max(p.number) <> v.pages limit ${limit}`

/** A page that holds more than white space (as JavaScript knows it, by which passages are cut) belongs to a passage at least in part. */
const passagesMissing: IndexCheck = (tx, limit) => tx.$queryRaw`
  select 'version ' || p.version_id || ' page ' || p.number as subject
  from document d join page p on p.org_id = d.org_id and p.version_id = d.published_version_id
  where p.text ~ '[^\\s\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff]'
    and not exists (select 1 from passage s where s.org_id = p.org_id and s.version_id = p.version_id and s.page = p.number) limit ${limit}`

const wordsMissing: IndexCheck = (tx, limit) => tx.$queryRaw`
  select 'passage ' || p.id as subject from passage p
  where not exists (select 1 from passage_keyword k where k.passage_id = p.id) limit ${limit}`

/** Of the model that serves: what a change to another one still has to make is none of it. */
const vectorsMissing: IndexCheck = (tx, limit) => tx.$queryRaw`
  select 'passage ' || p.id as subject from passage p
  where not exists (
    select 1 from passage_vector v join search_model m on m.org_id = v.org_id and m.model = v.model where v.org_id = p.org_id and v.passage_id = p.id) limit ${limit}`

const stalePassages: IndexCheck = (tx, limit) => tx.$queryRaw`
  select 'version ' || p.version_id as subject from document d join passage p on p.org_id = d.org_id and p.document_id = d.id
  where p.version_id is distinct from d.published_version_id and p.version_id <> d.current_version_id
  group by p.version_id limit ${limit}`

/** Words and vectors hang on the document, so they may outlive the passage they were made from; then search would answer from nothing. */
const staleWords: IndexCheck = (tx, limit) => tx.$queryRaw`
  select 'passage ' || k.passage_id as subject from (
    select org_id, passage_id from passage_keyword union select org_id, passage_id from passage_vector) k
  where not exists (select 1 from passage p where p.org_id = k.org_id and p.id = k.passage_id) limit ${limit}`

const byFault: Readonly<Record<IndexFault, IndexCheck>> = {
  unpublished, dup_hits: dupHits, pages_missing: pagesMissing, passages_missing: passagesMissing, words_missing: wordsMissing, vectors_missing: vectorsMissing,
  stale_passages: stalePassages, stale_words: staleWords,
}
export const indexChecks: readonly (readonly [IndexFault, IndexCheck])[] = indexFaults.map((fault) => [fault, byFault[fault]])
