import type { FacetName } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Actor, Tx } from '@intellidocs/kernel'
import type { Scope } from './search.types.ts'

/** Which documents are counted: those in which a passage meets a tsquery, these (`cut`: there may be others), or all that meet the filters. */
export type Counted = { readonly match: string } | { readonly documents: readonly string[]; readonly cut: boolean } | 'all'
export type FacetRow = { readonly facet: FacetName | 'documents'; readonly value: string; readonly documents: number }

export const facetsRepository = {
  /** Counts of each value, the commonest `top` of each facet, over `limit` documents at most. Each document is checked here and now. */
  async count(tx: Tx, scope: Scope, ask: { counted: Counted; names: readonly FacetName[]; limit: number; top: number }): Promise<FacetRow[]> {
    const [principals, filters] = [[...scope.principals], JSON.stringify(scope.filters)]
    const searchable = Prisma.sql`select s.document_id id from app.searchable(app.org_id(), ${principals}::text[], ${filters}::jsonb) s`
    const found = ask.counted === 'all' ? searchable : 'match' in ask.counted
      ? Prisma.sql`select unnest(app.keyword_documents(${ask.counted.match}::text::tsquery, ${principals}::text[], ${filters}::jsonb, ${ask.limit}::int)) id`
      : Prisma.sql`${searchable} where s.document_id = any (${[...ask.counted.documents]}::text[]::uuid[])`
    const names = [...ask.names]
    return tx.$queryRaw<FacetRow[]>`
      with facts as materialized (
        select d.tags, d.folder_id, d.owner_id, d.created_at, v.mime, v.language from (${found} limit ${ask.limit}::int) f
        join document d on d.org_id = (select app.org_id()) and d.id = f.id
        join document_version v on v.org_id = (select app.org_id()) and v.id = d.published_version_id
      ), valued as (
        select 'type' facet, mime as value from facts union all select 'language', language from facts union all select 'folder', folder_id::text from facts
        union all select 'owner', owner_id::text from facts union all select 'year', to_char(created_at at time zone 'UTC', 'YYYY') from facts
        union all select 'tag', t from facts, unnest(tags) t
      ), counted as (
        select facet, value, count(*)::int documents, row_number() over (partition by facet order by count(*) desc, value collate "C") place
        from valued where value is not null and facet = any (${names}::text[]) group by facet, value
      )
      select facet, value, documents from counted where place <= ${ask.top}::int
      union all select 'documents', '', count(*)::int from facts
      order by 1, 3 desc, 2`
  },

  /** Names of those of the folders that are shown to the actor. */
  async folderNames(tx: Tx, actor: Actor, ids: readonly string[]): Promise<{ id: string; name: string }[]> {
    return tx.$queryRaw`
      select f.id::text id, f.name from folder f
      where f.org_id = (select app.org_id()) and f.id = any (${[...ids]}::text[]::uuid[]) and app.folder_shown(f.path, f.restricted, ${[...actor.principals]}::text[])`
  },

  async memberNames(tx: Tx, ids: readonly string[]): Promise<{ id: string; name: string }[]> {
    return tx.$queryRaw`select m.user_id::text id, m.name from app.member m where m.user_id = any (${[...ids]}::text[]::uuid[])`
  },
}
