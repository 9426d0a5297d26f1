import type { OrgId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'
import { quoteLexeme } from '../keyword-plan.ts'

/** How many passages hold each stem, and how long they are, in a tenant unit. */
export const frequenciesRepository = {
  /** One who corrects at a time: two would do it twice. */
  async lock(tx: Tx, orgId: OrgId): Promise<void> {
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`search.frequencies:${orgId}`}, 0))`
  },

  /** The next stems that are counted, with what they are said to be. */
  async counted(tx: Tx, { after, limit }: { after: string; limit: number }): Promise<{ lexeme: string; df: number }[]> {
    return tx.$queryRaw`
      select lexeme, df from kw_term where org_id = (select app.org_id()) and lexeme > ${after} collate "C" order by lexeme limit ${limit}::int`
  },

  /** The stems of the next passages that are counted nowhere; `last`: up to which passage, null behind the last one. */
  async uncounted(tx: Tx, { after, limit }: { after: string; limit: number }): Promise<{ lexemes: string[]; last: string | null }> {
    const [row] = await tx.$queryRaw<{ lexemes: string[] | null; last: string | null }[]>`
      with these as materialized (
        select p.id from passage p where p.org_id = (select app.org_id()) and p.id > ${after}::bigint order by p.id limit ${limit}::int
      )
      select (select max(id)::text from these) "last", array(
        select l from (
          select distinct unnest(tsvector_to_array(k.tsv)) l from these join passage_keyword k on k.passage_id = these.id where k.org_id = (select app.org_id())) x
        where not exists (select from kw_term t where t.org_id = (select app.org_id()) and t.lexeme = x.l collate "C")) lexemes`
    return { lexemes: row?.lexemes ?? [], last: row?.last ?? null }
  },

  /** Counts these anew; how many were wrong. Under the lock. */
  async recount(tx: Tx, lexemes: readonly string[]): Promise<number> {
    if (lexemes.length === 0) return 0
    const [row] = await tx.$queryRaw<{ wrong: number }[]>`
      select app.keyword_recount(${[...lexemes]}::text[], ${lexemes.map(quoteLexeme)}::text[]::tsquery[]) wrong`
    return row?.wrong ?? 0
  },

  /** Counts passages and their lengths anew; of how many configurations they were wrong. Under the lock. */
  async recountLengths(tx: Tx): Promise<number> {
    const [row] = await tx.$queryRaw<{ wrong: number }[]>`select app.keyword_recount_lengths() wrong`
    return row?.wrong ?? 0
  },
}
