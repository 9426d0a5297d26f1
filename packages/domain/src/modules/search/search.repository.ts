import { Prisma } from '@intellidocs/db'
import type { Tx } from '@intellidocs/kernel'
import { quoteLexeme, type KeywordPlan, type Reading, type Stats } from './keyword-plan.ts'
import { phraseSpellings } from './query/phrases.ts'
import type { FoundPassage, QueryVector, Scope } from './search.types.ts'

/** Up to this many passages of a tenant an exact scan is as fast as the HNSW index and loses nothing; so it is for somebody who reads few documents. */
const EXACT_PASSAGES = 20_000
const EXACT_DOCUMENTS = 1000
/** Stems that one character may begin. */
const BEGUN = 200
/**
 * Beyond that it depends on the others: the index comes upon a tenant's passages as often as they are among all, and what it comes upon costs some
 * thirty times as much as in a scan. So a scan is cheaper up to the square root of this, over the vectors' length, times all passages.
 */
const EXACT_SHARE = 2_000_000

/** The index's view of the phrase at this place of those asked for. */
export type PhraseQuery = { readonly phrase: number; readonly adjacent: string; readonly together: string }
export type PassageText = { readonly passageId: string; readonly documentId: string; readonly name: string; readonly text: string }
/** What a document of a list is: one of these, or one in which a passage meets a tsquery. */
export type Held = { readonly documents: readonly string[] } | { readonly match: string }
export type Listed = { readonly documentId: string; readonly at: string }
/** `begins`: whatever begins so is meant as well. */
export type Spelling = { readonly word: number; readonly text: string; readonly begins: boolean }
type KeywordRow = { passageId: string; documentId: string; score: number }
/** The cosine distance of `e`'s vectors as its index has it; the length is a literal, for an index with a condition is only used where the query says the same. */
const distanceTo = ({ literal, size }: QueryVector): Prisma.Sql => Prisma.sql`e.embedding::halfvec(${Prisma.raw(String(size))}) <=> ${literal}::text::halfvec(${Prisma.raw(String(size))})`
const isOf = ({ size }: QueryVector): Prisma.Sql => Prisma.sql`e.dimensions = ${Prisma.raw(String(size))}`
export type MeaningRow = { passageId: string; documentId: string; meaning: number; inLanguage: boolean }

/**
 * The answers of this tenant's index. Everything here runs under the tenant's row-level security and names the readers besides.
 * The tenant goes to app.searchable as `app.org_id()`, not as a subselect: with one among its arguments Postgres does not inline the function, and
 * then works out every document that may be read, for each passage anew.
 */
export const searchRepository = {
  /** Ends the transaction's statements that run longer. The embedded database ignores it; the service has a timer of its own. */
  async limitTime(tx: Tx, milliseconds: number): Promise<void> {
    await tx.$queryRaw`select set_config('statement_timeout', ${String(milliseconds)}, true)`
  },

  /** How every configuration in use reads the spellings, and the statistics. Waiting deltas count for the sizes, not yet for the words. */
  async readings(tx: Tx, spellings: readonly Spelling[]): Promise<{ readings: Reading[]; stats: Stats }> {
    const rows = await tx.$queryRaw<(Reading & { len: number })[]>`
      with configs as (
        select config, sum(n) n, sum(len) len
        from (select org_id, config, n, len from kw_stat union all select org_id, config, n, len from kw_delta) s
        where org_id = (select app.org_id()) group by config having sum(n) > 0
      )
      select w.word, c.config, c.n::float8 n, c.len::float8 len, x.lexeme, coalesce(t.df, 0) df
      from json_to_recordset(${JSON.stringify(spellings)}::json) w(word int, text text, begins boolean)
      cross join configs c
      left join lateral (
        select unnest(tsvector_to_array(to_tsvector(c.config::regconfig, w.text))) lexeme
        union (select b.lexeme from kw_term b where w.begins and b.org_id = (select app.org_id())
          and b.lexeme >= w.text collate "C" and b.lexeme < (w.text || chr(1114111)) collate "C" limit ${BEGUN}::int)
      ) x on true
      left join kw_term t on t.org_id = (select app.org_id()) and t.lexeme = x.lexeme`
    const configs = new Map(rows.map((r) => [r.config, r]))
    let passages = 0
    let length = 0
    for (const { n, len } of configs.values()) {
      passages += n
      length += len
    }
    return { readings: rows, stats: { passages, averageLength: passages > 0 ? length / passages : 1 } }
  },

  /** BM25: the best passage of each document that meets `match`, or with `ids` the score of each of these. */
  async keyword(tx: Tx, scope: Scope, ask: { plan: KeywordPlan; match: string | null; ids: readonly string[] | null; limit: number }): Promise<KeywordRow[]> {
    const stems = ask.plan.terms.flatMap((t, i) => t.lexemes.map((lexeme) => ({ lexeme: quoteLexeme(lexeme), position: i + 1 })))
    return tx.$queryRaw<KeywordRow[]>`
      select passage_id::text "passageId", document_id::text "documentId", score from app.keyword_search(
        ${ask.match}::text::tsquery, ${stems.map((s) => s.lexeme)}::text[]::tsquery[], ${stems.map((s) => s.position)}::int[],
        ${ask.plan.terms.map((t) => t.weight)}::float8[], ${ask.plan.base}::float8, ${ask.plan.slope}::float8,
        ${[...scope.principals]}::text[], ${JSON.stringify(scope.filters)}::jsonb,
        ${ask.ids === null ? null : [...ask.ids]}::text[]::bigint[], ${ask.limit}::int)`
  },

  /**
   * What the index can say of phrases, in every configuration in use and with and without accents: `adjacent` holds their stems side by side, `together`
   * all of them, as tsquery text. Both null where each word is a stop word.
   */
  async phraseQueries(tx: Tx, phrases: readonly string[]): Promise<PhraseQuery[]> {
    const spelled = phrases.flatMap((phrase, i) => phraseSpellings(phrase).map((text) => ({ phrase: i, text })))
    return tx.$queryRaw<PhraseQuery[]>`
      with configs as (select config from kw_stat where org_id = (select app.org_id()) union select config from kw_delta where org_id = (select app.org_id()))
      select w.phrase, string_agg(distinct format('(%s)', q.adjacent), ' | ') adjacent, string_agg(distinct format('(%s)', q.together), ' | ') together
      from json_to_recordset(${JSON.stringify(spelled)}::json) w(phrase int, text text)
      left join lateral (
        select phraseto_tsquery(c.config::regconfig, w.text) adjacent, plainto_tsquery(c.config::regconfig, w.text) together from configs c
      ) q on numnode(q.together) > 0
      group by w.phrase having count(q.together) > 0 order by w.phrase`
  },

  /**
   * The texts of these documents' passages in the order of their ids, behind `after`: those that meet `query`, a tsquery; all of them where that is null.
   * Who may read is asked once: joined, it was asked again for each passage of an organization that the planner's statistics did not know yet.
   */
  async texts(tx: Tx, scope: Scope, ask: { documents: readonly string[]; query: string | null; after: string; limit: number }): Promise<PassageText[]> {
    const meets = ask.query === null ? Prisma.empty : Prisma.sql`join passage_keyword k on k.passage_id = p.id and k.tsv @@ ${ask.query}::text::tsquery`
    return tx.$queryRaw<PassageText[]>`
      with readable as materialized (
        select document_id, version_id, name from app.searchable(app.org_id(), ${[...scope.principals]}::text[], '{}'::jsonb)
        where document_id = any(${[...ask.documents]}::text[]::uuid[])
      )
      select p.id::text "passageId", p.document_id::text "documentId", s.name, p.text
      from readable s join passage p on p.org_id = (select app.org_id()) and p.document_id = s.document_id and p.version_id = s.version_id
      ${meets}
      where p.id > ${ask.after}::text::bigint
      order by p.id limit ${ask.limit}::int`
  },

  /** Documents by date. `held`: only those; `after`: the last one of the page before. */
  async listed(tx: Tx, scope: Scope, ask: { oldest: boolean; held: Held | null; after: Listed | null; limit: number }): Promise<Listed[]> {
    const [order, beyond] = ask.oldest ? [Prisma.sql`asc`, Prisma.sql`>`] : [Prisma.sql`desc`, Prisma.sql`<`]
    const held = ask.held === null ? Prisma.empty : 'documents' in ask.held ? Prisma.sql`and d.id = any(${[...ask.held.documents]}::text[]::uuid[])`
      : Prisma.sql`and exists (select from passage_keyword k where k.org_id = (select app.org_id()) and k.version_id = s.version_id and k.tsv @@ ${ask.held.match}::text::tsquery)`
    return tx.$queryRaw<Listed[]>`
      select d.id::text "documentId", to_char(d.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') at
      from app.searchable(app.org_id(), ${[...scope.principals]}::text[], ${JSON.stringify(scope.filters)}::jsonb) s
      join document d on d.org_id = (select app.org_id()) and d.id = s.document_id
      where (${ask.after === null}::boolean or (d.created_at, d.id) ${beyond} (${ask.after?.at ?? null}::text::timestamptz, ${ask.after?.documentId ?? null}::text::uuid)) ${held}
      order by d.created_at ${order}, d.id ${order} limit ${ask.limit}::int`
  },

  /** Those of these versions that search shows to whoever has the principals. */
  async shown(tx: Tx, principals: readonly string[], versions: readonly string[]): Promise<string[]> {
    const rows = await tx.$queryRaw<{ id: string }[]>`
      select s.version_id::text id from app.searchable(app.org_id(), ${[...principals]}::text[], '{}'::jsonb) s where s.version_id = any(${[...versions]}::text[]::uuid[])`
    return rows.map(({ id }) => id)
  },

  /** Documents in which a passage meets a tsquery, `limit` at most, in no order. */
  async holding(tx: Tx, scope: Scope, ask: { match: string; limit: number }): Promise<string[]> {
    const [row] = await tx.$queryRaw<{ ids: string[] }[]>`
      select app.keyword_documents(${ask.match}::text::tsquery, ${[...scope.principals]}::text[], ${JSON.stringify(scope.filters)}::jsonb, ${ask.limit}::int)::text[] ids`
    return row?.ids ?? []
  },

  /** Passages of these documents that meet a tsquery: of each document the `each` that meet it best. */
  async passagesMeeting(tx: Tx, scope: Scope, ask: { documents: readonly string[]; match: string; each: number }): Promise<string[]> {
    const rows = await tx.$queryRaw<{ id: string }[]>`
      select m.passage_id::text id
      from app.searchable(app.org_id(), ${[...scope.principals]}::text[], ${JSON.stringify(scope.filters)}::jsonb) s
      cross join lateral (
        select k.passage_id from passage_keyword k
        where k.org_id = (select app.org_id()) and k.version_id = s.version_id and k.tsv @@ ${ask.match}::text::tsquery
        order by ts_rank(k.tsv, ${ask.match}::text::tsquery) desc, k.passage_id limit ${ask.each}::int
      ) m
      where s.document_id = any(${[...ask.documents]}::text[]::uuid[])`
    return rows.map((row) => row.id)
  },

  /** When these documents were added; the texts order as the moments do. */
  async dates(tx: Tx, documents: readonly string[]): Promise<Listed[]> {
    return tx.$queryRaw<Listed[]>`
      select id::text "documentId", to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') at
      from document where org_id = (select app.org_id()) and id = any(${[...documents]}::text[]::uuid[])`
  },

  /** These documents as they are listed, each checked as `passages` checks: with their first passage, or none where nothing can be read in them. */
  async firstPassages(tx: Tx, scope: Scope, documents: readonly string[]): Promise<FoundPassage[]> {
    return tx.$queryRaw<FoundPassage[]>`
      select coalesce(p.id, 0)::text "passageId", s.document_id::text "documentId", s.version_id::text "versionId", s.name, s.version, coalesce(p.page, 1) page,
        coalesce(p.char_start, 0) "start", coalesce(p.char_end, 0) "end", coalesce(p.text, '') text, 'simple' config, '{}'::int[] matched
      from app.searchable(app.org_id(), ${[...scope.principals]}::text[], ${JSON.stringify(scope.filters)}::jsonb) s
      left join lateral (select * from passage f where f.org_id = (select app.org_id()) and f.document_id = s.document_id and f.version_id = s.version_id
        order by f.ordinal limit 1) p on true
      where s.document_id = any(${[...documents]}::text[]::uuid[])`
  },

  /** Passages that meet a tsquery of words as they are written, stop words of their language included, by a scan that ends at `limit`; for queries of nothing else. */
  async commonWords(tx: Tx, scope: Scope, ask: { query: string; limit: number }): Promise<KeywordRow[]> {
    return tx.$queryRaw<KeywordRow[]>`
      with asked as (select ${ask.query}::text::tsquery q)
      select p.id::text "passageId", p.document_id::text "documentId", ts_rank(to_tsvector('simple', p.text), a.q)::float8 score
      from asked a, passage p
      join app.searchable(app.org_id(), ${[...scope.principals]}::text[], ${JSON.stringify(scope.filters)}::jsonb) s
        on s.document_id = p.document_id and s.version_id = p.version_id
      where p.org_id = (select app.org_id()) and to_tsvector('simple', p.text) @@ a.q
      order by p.document_id, p.version_id limit ${ask.limit}::int`
  },

  /** Whether an exact scan is cheap: few passages in the tenant, beside those of all, or few documents that these principals may read. */
  async isSmall(tx: Tx, scope: Scope, { size: length }: Pick<QueryVector, 'size'>): Promise<boolean> {
    const [size] = await tx.$queryRaw<{ passages: number; documents: number; all: number }[]>`
      select (select coalesce(sum(n), 0) from (select org_id, n from kw_stat union all select org_id, n from kw_delta) s
        where org_id = (select app.org_id()))::float8 passages,
        (select count(*) from (select from document_reader where org_id = (select app.org_id()) and principal = any(${[...scope.principals]}::text[])
          limit ${EXACT_DOCUMENTS + 1}) r)::float8 documents,
        (select greatest(reltuples, 0) from pg_class where oid = 'public.passage_vector'::regclass)::float8 "all"`
    return size === undefined || size.passages <= EXACT_PASSAGES || size.documents <= EXACT_DOCUMENTS || size.passages ** 2 <= (EXACT_SHARE / length) * size.all
  },

  /** Cosine of every passage that may be read; the best of each document. `+ 0` keeps the planner off the HNSW index. */
  async meaningExact(tx: Tx, scope: Scope, ask: { vector: QueryVector; limit: number }): Promise<MeaningRow[]> {
    await tx.$queryRaw`select set_config('enable_sort', 'on', true)`
    return tx.$queryRaw<MeaningRow[]>`
      with readable as materialized (
        select version_id from app.searchable(app.org_id(), ${[...scope.principals]}::text[], ${JSON.stringify(scope.filters)}::jsonb)
      )
      select b.passage_id::text "passageId", b.document_id::text "documentId", 1 - b.distance meaning, b.in_language "inLanguage"
      from (
        select distinct on (s.document_id) s.* from (
          select e.passage_id, e.document_id, e.in_language, (${distanceTo(ask.vector)}) + 0 distance
          from passage_vector e join readable using (version_id)
          where e.org_id = (select app.org_id()) and e.model = ${ask.vector.model} and ${isOf(ask.vector)} and e.embedding is not null
        ) s order by s.document_id, s.distance, s.passage_id
      ) b order by b.distance, b.passage_id limit ${ask.limit}::int`
  },

  /**
   * The nearest `limit` passages of the tenant by the HNSW index, and of these the ones that may be read: fewer where that is few of them. Who reads is asked
   * last: asked of every passage that the index comes upon, it costs more than all else, and the planner then reads the whole tenant instead. Without sorting
   * it cannot.
   */
  async meaningNear(tx: Tx, scope: Scope, ask: { vector: QueryVector; limit: number }): Promise<MeaningRow[]> {
    await tx.$queryRaw`select set_config('hnsw.iterative_scan', 'relaxed_order', true), set_config('hnsw.ef_search', '200', true),
      set_config('hnsw.max_scan_tuples', '100000', true), set_config('enable_sort', 'off', true)`
    return tx.$queryRaw<MeaningRow[]>`
      with near as materialized (
        select e.passage_id, e.document_id, e.version_id, e.in_language, ${distanceTo(ask.vector)} distance
        from passage_vector e
        where e.org_id = (select app.org_id()) and e.model = ${ask.vector.model} and ${isOf(ask.vector)} and e.embedding is not null
        order by ${distanceTo(ask.vector)} limit ${ask.limit}::int
      )
      select n.passage_id::text "passageId", n.document_id::text "documentId", 1 - n.distance meaning, n.in_language "inLanguage"
      from near n where coalesce((
        select true from app.searchable(app.org_id(), ${[...scope.principals]}::text[], ${JSON.stringify(scope.filters)}::jsonb) s
        where s.document_id = n.document_id and s.version_id = n.version_id limit 1), false)
      order by n.distance, n.passage_id`
  },

  /** The cosine of passages that the keyword leg found. */
  async cosines(tx: Tx, ask: { vector: QueryVector; ids: readonly string[] }): Promise<MeaningRow[]> {
    return tx.$queryRaw<MeaningRow[]>`
      select passage_id::text "passageId", document_id::text "documentId", 1 - (${distanceTo(ask.vector)}) meaning,
        in_language "inLanguage"
      from passage_vector e where org_id = (select app.org_id()) and passage_id = any(${[...ask.ids]}::text[]::bigint[])
        and model = ${ask.vector.model} and ${isOf(ask.vector)} and embedding is not null`
  },

  /** Passages to show, each checked here and now: the tenant by row-level security, its readers, its document active, its version published. */
  async passages(tx: Tx, scope: Scope, ask: { ids: readonly string[]; lexemes: readonly (readonly string[])[] }): Promise<FoundPassage[]> {
    const terms = ask.lexemes.map((group) => group.map(quoteLexeme).join(' | '))
    // Without words there is nothing to mark, and what holds them is not asked: it may be what is away.
    const matched = terms.length === 0 ? Prisma.sql`'simple' config, '{}'::int[] matched` : Prisma.sql`k.config,
        array(select (u.i - 1)::int from unnest(${terms}::text[]::tsquery[]) with ordinality u(q, i) where k.tsv @@ u.q order by u.i) matched`
    const words = terms.length === 0 ? Prisma.empty : Prisma.sql`join passage_keyword k on k.passage_id = p.id`
    return tx.$queryRaw<FoundPassage[]>`
      select p.id::text "passageId", p.document_id::text "documentId", p.version_id::text "versionId", s.name, s.version, p.page,
        p.char_start "start", p.char_end "end", p.text, ${matched}
      from passage p
      join app.searchable(app.org_id(), ${[...scope.principals]}::text[], ${JSON.stringify(scope.filters)}::jsonb) s
        on s.document_id = p.document_id and s.version_id = p.version_id
      ${words}
      where p.org_id = (select app.org_id()) and p.id = any(${[...ask.ids]}::text[]::bigint[])`
  },

  /** The stems of words in a configuration, for marking them: exactly those that the index holds. */
  async stems(tx: Tx, words: readonly { config: string; text: string }[]): Promise<{ config: string; text: string; lexemes: string[] }[]> {
    return tx.$queryRaw<{ config: string; text: string; lexemes: string[] }[]>`
      select config, text, tsvector_to_array(to_tsvector(config::regconfig, text)) lexemes
      from json_to_recordset(${JSON.stringify(words)}::json) w(config text, text text)`
  },
}
