import type { Hit } from '@intellidocs/contracts'
import type { AnswerModel } from '@intellidocs/embedding'
import type { Log } from '@intellidocs/kernel'
import { promptOf } from './prompt.ts'
import { proposalsIn } from './proposals.ts'
import { claimOf, type Proved } from './prove.ts'

const MOST_CLAIMS = 8
/** Claims that do not hold, too, end an answer. */
const MOST_PROPOSALS = 40
const MOST_TOKENS = 1_500

/** `none`: the passages hold no answer · `held`: claims held · `cut`: some did before it failed · `failed`: nothing came that holds */
export type Ended = 'none' | 'held' | 'cut' | 'failed'

/** What the model says of a question that holds, claim by claim; and how that ended. */
export async function* written(model: AnswerModel, ask: { question: string; hits: readonly Hit[]; signal: AbortSignal; log: Log }): AsyncGenerator<Proved, Ended, void> {
  const { question, hits, signal, log } = ask
  let [held, proposals, none] = [0, 0, false]
  try {
    const pieces = model.write(promptOf(question, hits.map(({ passage }) => passage)), { signal, maxTokens: MOST_TOKENS })
    for await (const proposal of proposalsIn(pieces)) {
      proposals += 1
      if (proposal.kind === 'none') none = true
      const claim = proposal.kind === 'claim' ? claimOf(proposal, hits) : null
      if (claim !== null) {
        held += 1
        yield claim
      }
      if (held === MOST_CLAIMS || proposals === MOST_PROPOSALS) break
    }
  } catch (error) {
    log.warn({ err: error, model: model.id }, 'the model that answers failed')
    return held > 0 ? 'cut' : 'failed'
  }
  if (held > 0) return 'held'
  return none && proposals === 1 ? 'none' : 'failed'
}
