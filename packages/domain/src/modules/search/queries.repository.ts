import type { DocumentId, OrgId, SearchMode, SearchQueryId, UserId } from '@intellidocs/contracts'
import type { Actor, Tx } from '@intellidocs/kernel'

export type NewQuery = { readonly id: SearchQueryId; readonly mode: SearchMode; readonly hits: number; readonly tookMs: number; readonly hash: string; readonly words: string }
export type WaitingQuery = { readonly from: Date; readonly userId: UserId; readonly mode: SearchMode; readonly empty: boolean; readonly tookMs: number }
export type WaitingOpening = { readonly from: Date; readonly position: number }
export type WordFigures = { readonly words: string; readonly queries: number; readonly empty: number; readonly opened: number }

/** What was asked of the search, in a tenant unit unless a method says otherwise. */
export const queriesRepository = {
  /** The words stay out of it where the organization does not keep them. */
  async note(tx: Tx, { orgId, userId }: Pick<Actor, 'orgId' | 'userId'>, query: NewQuery): Promise<void> {
    await tx.$executeRaw`
      insert into search_query (id, org_id, user_id, mode, hits, took_ms, hash, words)
      select ${query.id}::uuid, ${orgId}::uuid, ${userId}::uuid, ${query.mode}, ${query.hits}::int, ${query.tookMs}::int, ${query.hash}::text,
        case when app.keeps_words() then ${query.words}::text end`
  },
  /** False: it is not there, or another person's. */
  async isOwn(tx: Tx, { orgId, userId }: Pick<Actor, 'orgId' | 'userId'>, id: SearchQueryId): Promise<boolean> {
    const rows = await tx.$queryRaw<unknown[]>`select from search_query where org_id = ${orgId}::uuid and id = ${id}::uuid and user_id = ${userId}::uuid`
    return rows.length === 1
  },
  async mayRead(tx: Tx, { orgId, principals }: Pick<Actor, 'orgId' | 'principals'>, id: DocumentId): Promise<boolean> {
    const rows = await tx.$queryRaw<unknown[]>`select from app.readable(${orgId}::uuid, ${[...principals]}::text[]) d where d.id = ${id}::uuid`
    return rows.length === 1
  },
  /** Once for each document of a query. */
  async noteOpened(tx: Tx, orgId: OrgId, of: { queryId: SearchQueryId; documentId: DocumentId; position: number }): Promise<void> {
    await tx.$executeRaw`
      insert into search_opened (org_id, query_id, document_id, position) values (${orgId}::uuid, ${of.queryId}::uuid, ${of.documentId}::uuid, ${of.position}::int)
      on conflict do nothing`
  },

  /** For a system unit: organizations of which something is not counted yet. */
  async places(tx: Tx): Promise<OrgId[]> {
    const rows = await tx.$queryRaw<{ orgId: OrgId }[]>`
      select org_id::text as "orgId" from search_query where not counted union select org_id::text from search_opened where not counted order by 1`
    return rows.map(({ orgId }) => orgId)
  },
  /** Until the unit ends no words are forgotten; ahead of what adds them up. */
  async shareWords(tx: Tx, orgId: OrgId): Promise<void> {
    await tx.$executeRaw`select pg_advisory_xact_lock_shared(hashtextextended(${`search.words:${orgId}`}, 0))`
  },
  /** Marks up to `limit` queries as counted and adds their words, where these are kept, to their day. By the quarter of an hour in which each was asked. */
  async takeQueries(tx: Tx, orgId: OrgId, limit: number): Promise<WaitingQuery[]> {
    return tx.$queryRaw`
      with taken as (
        update search_query set counted = true, words = case when app.keeps_words() then words end where org_id = ${orgId}::uuid and id = any (array(
          select id from search_query where org_id = ${orgId}::uuid and not counted order by at, id limit ${limit}::int for update skip locked))
        returning at, user_id, mode, hits, took_ms, words
      ), worded as (
        insert into search_words as w (org_id, day, words, queries, empty, opened)
        select ${orgId}::uuid, (at at time zone 'UTC')::date, words, count(*), count(*) filter (where hits = 0), 0 from taken where words is not null group by 2, 3 order by 2, 3
        on conflict (org_id, day, words) do update set queries = w.queries + excluded.queries, empty = w.empty + excluded.empty
      )
      select date_bin('15 minutes', at, 'epoch') as "from", user_id::text as "userId", mode, hits = 0 as empty, took_ms as "tookMs" from taken order by 1`
  },
  /** The same of hits that were opened; they count in the day of their query. */
  async takeOpenings(tx: Tx, orgId: OrgId, limit: number): Promise<WaitingOpening[]> {
    return tx.$queryRaw`
      with taken as (
        update search_opened o set counted = true from (
          select query_id, document_id from search_opened where org_id = ${orgId}::uuid and not counted order by at limit ${limit}::int for update skip locked) x
        where o.org_id = ${orgId}::uuid and o.query_id = x.query_id and o.document_id = x.document_id
        returning o.query_id, o.position
      ), asked as (
        select q.at, q.words, t.position from taken t join search_query q on q.org_id = ${orgId}::uuid and q.id = t.query_id
      ), worded as (
        insert into search_words as w (org_id, day, words, queries, empty, opened)
        select ${orgId}::uuid, (at at time zone 'UTC')::date, words, 0, 0, count(*) from asked where words is not null and app.keeps_words() group by 2, 3 order by 2, 3
        on conflict (org_id, day, words) do update set opened = w.opened + excluded.opened
      )
      select date_bin('15 minutes', at, 'epoch') as "from", position from asked order by 1`
  },
  /** For a system unit: what is older and counted goes. */
  async removeOld(tx: Tx, before: Date, limit: number): Promise<number> {
    return tx.$executeRaw`
      delete from search_query where id = any (array(select id from search_query where at < ${before}::timestamptz and counted order by at limit ${limit}::int))`
  },

  async keepsWords(tx: Tx): Promise<boolean> {
    const [row] = await tx.$queryRaw<{ keeps: boolean }[]>`select app.keeps_words() as keeps`
    return row?.keeps === true
  },
  /** True: some are left. Whatever is being added up is waited for, and goes behind the words that it comes of. */
  async forgetWords(tx: Tx, orgId: OrgId, limit: number): Promise<boolean> {
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`search.words:${orgId}`}, 0))`
    const forgotten = await tx.$executeRaw`
      update search_query set words = null where id = any (array(select id from search_query where org_id = ${orgId}::uuid and words is not null limit ${limit}::int))`
    await tx.$executeRaw`delete from search_words where org_id = ${orgId}::uuid`
    return forgotten === limit
  },
  /** Most asked first, behind `after`; days of UTC, both included. */
  async words(tx: Tx, orgId: OrgId, of: { from: string; to: string; limit: number; after: { queries: number; words: string } | null }): Promise<WordFigures[]> {
    const { from, to, limit, after } = of
    return tx.$queryRaw`
      select words, sum(queries)::int as queries, sum(empty)::int as empty, sum(opened)::int as opened from search_words
      where org_id = ${orgId}::uuid and day between ${from}::date and ${to}::date group by words
      having ${after === null}::boolean or (-sum(queries), words collate "C") > (-(${after?.queries ?? 0})::int, ${after?.words ?? ''}::text collate "C")
      order by sum(queries) desc, words collate "C" limit ${limit}::int`
  },
}
