import type { Misspelt } from '../keyword-candidates.ts'
import type { WordProposals } from '../suggest/word-proposals.ts'
import { askServer, passageIdsOf, type ServerDeps } from './ask-server.ts'
import { entryWord, mayBeMisspelt, withTypos } from './entry-words.ts'

/** Somebody is typing: what comes later helps nobody. */
const BUDGET_MS = 400
const INSTEAD = 'meilisearch proposed no words; Postgres looks alone'
const PASSAGES = 300

/** Passages with words that begin as one was typed, or are like one, of those that the caller may read: what stands in others crowds none of them out. */
export function createMeilisearchWords(server: ServerDeps): WordProposals {
  return {
    async beginning(actor, typed) {
      const ids = await askServer(server, { actor, budgetMs: BUDGET_MS, instead: INSTEAD }, async (search) => {
        const [found] = await search([{ q: entryWord(typed), limit: PASSAGES }])
        return passageIdsOf(found?.ids ?? [])
      })
      return { passageIds: ids ?? [], degraded: ids === null }
    },
    async like(actor, words) {
      const asked = words.flatMap(({ word, stems }) => stems.filter(mayBeMisspelt).map((stem) => ({ word, stem })))
      if (asked.length === 0) return { misspelt: [], degraded: false }
      const misspelt = await askServer(server, { actor, budgetMs: BUDGET_MS, instead: INSTEAD }, async (search) => {
        const found = await search(asked.map(({ stem }) => ({ q: withTypos(stem), limit: PASSAGES })))
        return asked.map(({ word, stem }, at): Misspelt => ({ word, stems: [stem], passageIds: passageIdsOf(found[at]?.ids ?? []) }))
      })
      return { misspelt: misspelt ?? [], degraded: misspelt === null }
    },
  }
}
