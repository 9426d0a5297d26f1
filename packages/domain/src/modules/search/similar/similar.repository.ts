import type { Tx } from '@intellidocs/kernel'
import type { Scope, StoredVector } from '../search.types.ts'

/** Passages of a document that stand for it: about 40,000 words. */
const MOST_PASSAGES = 200

export type OwnTerm = { readonly lexeme: string; readonly df: number }
export type OwnText = { readonly config: string; readonly text: string }

/** What a document is like, by its published version. */
export const similarRepository = {
  /** Its version that search may show, null where there is none; undefined where the document is not there for these principals. */
  async version(tx: Tx, scope: Scope, documentId: string): Promise<string | null | undefined> {
    const [row] = await tx.$queryRaw<{ id: string | null }[]>`
      select s.version_id::text id from app.readable(app.org_id(), ${[...scope.principals]}::text[]) d
      left join app.searchable(app.org_id(), ${[...scope.principals]}::text[], '{}'::jsonb) s on s.document_id = d.id
      where d.id = ${documentId}::uuid`
    return row?.id
  },

  /** The stems that set a version apart: often in it, and in few passages of all. `df`: passages of all that hold it. */
  async terms(tx: Tx, versionId: string, ask: { passages: number; limit: number }): Promise<OwnTerm[]> {
    return tx.$queryRaw<OwnTerm[]>`
      with own as (
        select tsv from passage_keyword where org_id = (select app.org_id()) and version_id = ${versionId}::uuid order by passage_id limit ${MOST_PASSAGES}
      )
      select u.lexeme, max(t.df)::int df from own cross join lateral unnest(own.tsv) u join kw_term t on t.org_id = (select app.org_id()) and t.lexeme = u.lexeme
      where length(u.lexeme) > 2 and u.lexeme !~ '^[0-9]+$'
      group by u.lexeme order by sum(coalesce(cardinality(u.positions), 1)) * ln(${ask.passages}::float8 / max(t.df) + 1) desc, u.lexeme limit ${ask.limit}::int`
  },

  /** The middle of a version's vectors; null where it has none by this model. */
  async middle(tx: Tx, versionId: string, model: string): Promise<StoredVector | null> {
    const [row] = await tx.$queryRaw<StoredVector[]>`
      select avg(embedding)::text literal, dimensions::int size from (
        select embedding, dimensions from passage_vector where org_id = (select app.org_id()) and version_id = ${versionId}::uuid and model = ${model} and embedding is not null
        order by passage_id limit ${MOST_PASSAGES}) v group by dimensions`
    return row ?? null
  },

  /** How a version begins, for the words that its stems stand for. */
  async texts(tx: Tx, versionId: string, limit: number): Promise<OwnText[]> {
    return tx.$queryRaw<OwnText[]>`
      select k.config, p.text from passage p join passage_keyword k on k.passage_id = p.id
      where p.org_id = (select app.org_id()) and p.version_id = ${versionId}::uuid order by p.ordinal limit ${limit}::int`
  },
}
