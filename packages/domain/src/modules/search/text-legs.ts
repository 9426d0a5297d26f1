import type { Embedder } from '@intellidocs/embedding'
import type { Actor, RunInTx } from '@intellidocs/kernel'
import { cosine } from './cosine.ts'
import type { Candidate } from './fusion.ts'
import type { Guarded } from './guard.ts'
import type { Models } from './models/models.ts'
import { formsOf, keepExact, type Exactly } from './query/exact.ts'
import { searchRepository } from './search.repository.ts'
import type { Scope } from './search.types.ts'

/** What is asked of the texts themselves, once the legs have proposed passages. */
export type TextLegs = {
  /** Those of the candidates that hold what they must, word by word, and nothing of what they must not. Null: it could not be looked up. */
  exact(actor: Actor, scope: Scope, found: { candidates: readonly Candidate[]; exactly: Exactly }): Promise<Candidate[] | null>
  /** Of each list of texts the place of the one that comes nearest to the query's meaning, null where none has any. Null: meaning did not answer. */
  nearest(actor: Actor, query: string, texts: readonly (readonly string[])[]): Promise<(number | null)[] | null>
  /** A tsquery that each passage meets in which a form of one of these stands; null where the index cannot tell. */
  forms(actor: Actor, phrases: readonly string[]): Promise<string | null>
}

const LOOK_TIME_MS = 3000

export const createTextLegs = ({ runInTx, models, guarded }: { runInTx: RunInTx; models: Pick<Models, 'serving'>; guarded: Guarded }): TextLegs => ({
  exact: (actor, scope, found) => guarded('exact', actor, () => runInTx(actor, async (tx) => {
    await searchRepository.limitTime(tx, LOOK_TIME_MS)
    return keepExact(tx, scope, found)
  }, { readOnly: true })),

  forms: (actor, phrases) => guarded('forms', actor, () => runInTx(actor, (tx) => formsOf(tx, phrases), { readOnly: true })),

  nearest: (actor, query, texts) => guarded('nearest', actor, async () => {
    const embedder = await models.serving(actor.orgId)
    return embedder === null ? null : nearestOf(embedder, query, texts)
  }),
})

async function nearestOf(embedder: Embedder, query: string, texts: readonly (readonly string[])[]): Promise<(number | null)[]> {
  // Somebody waits for it: the sentences too are asked for once, with the time that a query has.
  const [[asked], vectors] = await Promise.all([embedder.embed([query], 'query'), embedder.embed(texts.flat(), 'query')])
  let from = 0
  return texts.map((list) => {
    const cosines = vectors.slice(from, from += list.length).map((vector) => (asked === undefined ? 0 : cosine(asked, vector) ?? 0))
    const best = Math.max(0, ...cosines)
    return best > 0 ? cosines.indexOf(best) : null
  })
}
