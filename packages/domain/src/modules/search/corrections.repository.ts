import type { Tx } from '@intellidocs/kernel'
import type { PassageStem } from './corrections.ts'
import type { Misspelt } from './keyword-candidates.ts'
import type { Scope } from './search.types.ts'

/** Of a word's passages; the spelling that is meant stands in each. */
const LOOKED_AT = 50
const LONGEST_DIFFERENCE = 2

export const correctionsRepository = {
  /** The stems, about as long as each misspelt word, in those of its passages that the caller may read: nothing is learnt of others. */
  async stemsAmong(tx: Tx, scope: Scope, misspelt: readonly Misspelt[]): Promise<PassageStem[]> {
    const asked = misspelt.flatMap(({ word, stems, passageIds }) => passageIds.slice(0, LOOKED_AT).map((id) => ({
      word, id, shortest: Math.min(...stems.map((stem) => stem.length)) - LONGEST_DIFFERENCE, longest: Math.max(...stems.map((stem) => stem.length)) + LONGEST_DIFFERENCE,
    })))
    if (asked.length === 0) return []
    return tx.$queryRaw<PassageStem[]>`
      select f.word, f.lexeme, f.config, coalesce(t.df, 0) df from (
        select distinct a.word, x.lexeme, k.config
        from json_to_recordset(${JSON.stringify(asked)}::json) a(word int, id text, shortest int, longest int)
        join passage_keyword k on k.org_id = (select app.org_id()) and k.passage_id = a.id::bigint
        join app.searchable(app.org_id(), ${[...scope.principals]}::text[], ${JSON.stringify(scope.filters)}::jsonb) s
          on s.document_id = k.document_id and s.version_id = k.version_id
        cross join unnest(tsvector_to_array(k.tsv)) x(lexeme)
        where length(x.lexeme) between a.shortest and a.longest
      ) f left join kw_term t on t.org_id = (select app.org_id()) and t.lexeme = f.lexeme`
  },
}
