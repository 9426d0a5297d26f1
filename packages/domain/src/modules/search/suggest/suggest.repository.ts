import type { Actor, Tx } from '@intellidocs/kernel'
import { quoteLexeme } from '../keyword-plan.ts'
import { containing } from '../query/narrowing.ts'

/** `examples`: ids of passages that hold the stem. */
export type ReadableStem = { readonly stem: string; readonly passages: number; readonly examples: readonly string[] }

/** Passages that are counted of a stem: beyond, more is no better. */
const MOST_PASSAGES = 20

/** What may stand in a suggestion. Stems come from the organization's index and are no answer yet: `readable` says which the caller can have seen. */
export const suggestRepository = {
  /** The commonest stems that begin with one of these, and those that one of `whole` is. */
  async stemsFrom(tx: Tx, ask: { beginnings: readonly string[]; whole: readonly string[]; limit: number }): Promise<string[]> {
    const rows = await tx.$queryRaw<{ stem: string }[]>`
      select t.lexeme stem from kw_term t join unnest(${[...ask.beginnings]}::text[]) b(beginning)
        on t.lexeme >= b.beginning collate "C" and t.lexeme < (b.beginning || chr(1114111)) collate "C"
      where t.org_id = (select app.org_id()) and t.df > 0 group by t.lexeme, t.df order by t.df desc, t.lexeme limit ${ask.limit}::int`
    const exact = await tx.$queryRaw<{ stem: string }[]>`
      select lexeme stem from kw_term where org_id = (select app.org_id()) and df > 0 and lexeme = any (${[...ask.whole]}::text[])`
    return [...new Set([...rows, ...exact].map((row) => row.stem))]
  },

  /** The stems of these passages, as far as the actor may read them, that begin with one of these; those of the most passages first. */
  async stemsIn(tx: Tx, actor: Actor, ask: { passageIds: readonly string[]; beginnings: readonly string[]; limit: number }): Promise<string[]> {
    if (ask.passageIds.length === 0) return []
    const rows = await tx.$queryRaw<{ stem: string }[]>`
      select x.stem from passage_keyword k
      join app.searchable(app.org_id(), ${[...actor.principals]}::text[], '{}') s on s.document_id = k.document_id and s.version_id = k.version_id
      cross join unnest(tsvector_to_array(k.tsv)) x(stem)
      where k.org_id = (select app.org_id()) and k.passage_id = any (${[...ask.passageIds]}::text[]::bigint[])
        and exists (select from unnest(${[...ask.beginnings]}::text[]) b(beginning) where starts_with(x.stem, b.beginning))
      group by x.stem order by count(distinct k.passage_id) desc, x.stem collate "C" limit ${ask.limit}::int`
    return rows.map((row) => row.stem)
  },

  /** The commonest stems of about this length with one of these first letters. */
  async stemsLike(tx: Tx, ask: { letters: readonly string[]; least: number; most: number; limit: number }): Promise<string[]> {
    const rows = await tx.$queryRaw<{ stem: string }[]>`
      select t.lexeme stem from kw_term t join unnest(${[...ask.letters]}::text[]) l(letter)
        on t.lexeme >= l.letter collate "C" and t.lexeme < (l.letter || chr(1114111)) collate "C"
      where t.org_id = (select app.org_id()) and t.df > 0 and length(t.lexeme) between ${ask.least}::int and ${ask.most}::int
      order by t.df desc, t.lexeme limit ${ask.limit}::int`
    return rows.map((row) => row.stem)
  },

  async readable(tx: Tx, actor: Actor, stems: readonly string[]): Promise<ReadableStem[]> {
    const rows = await tx.$queryRaw<{ place: number; passages: number; examples: string[] }[]>`
      select place, passages, examples::text[] examples
      from app.readable_stems(${stems.map(quoteLexeme)}::text[]::tsquery[], ${[...actor.principals]}::text[], ${MOST_PASSAGES}::int)`
    return rows.map(({ place, ...row }) => ({ ...row, stem: stems[place - 1] ?? '' }))
  },

  /** Active documents that the actor reads with a word of their name beginning so, the last changed first. */
  async documentsNamed(tx: Tx, actor: Actor, ask: { beginning: string; limit: number }): Promise<{ id: string; name: string }[]> {
    const pattern = containing(ask.beginning).slice(1)
    return tx.$queryRaw`
      select d.id::text id, d.name from app.readable(app.org_id(), ${[...actor.principals]}::text[]) d
      where d.lifecycle = 'active' and (d.name ilike ${pattern}::text or d.name ilike '% ' || ${pattern}::text)
      order by d.updated_at desc, d.id limit ${ask.limit}::int`
  },

  /** Tags that begin so, of documents that the actor reads. */
  async tags(tx: Tx, actor: Actor, ask: { beginning: string; limit: number }): Promise<string[]> {
    const rows = await tx.$queryRaw<{ tag: string }[]>`
      select t.tag from (select distinct tag from document_tag where org_id = (select app.org_id()) and tag like ${containing(ask.beginning).slice(1)}::text) t
      where exists (select from document_tag x join app.readable(app.org_id(), ${[...actor.principals]}::text[]) d on d.id = x.document_id
        where x.org_id = (select app.org_id()) and x.tag = t.tag and d.lifecycle = 'active')
      order by t.tag limit ${ask.limit}::int`
    return rows.map((row) => row.tag)
  },
}
