import type { Answer, AnswerItem, Claim, searchContract } from '@intellidocs/contracts'
import type { AnswerModel, Embedder } from '@intellidocs/embedding'
import { AppError, createPlaces, type Actor, type Log } from '@intellidocs/kernel'
import type { z } from 'zod'
import { traitsOf } from '../model-traits.ts'
import type { Retrieved, SearchService } from '../search.service.ts'
import { bestSentences } from './extract.ts'
import { nearnessTo } from './nearness.ts'
import { extractOf, type Proved } from './prove.ts'
import { written } from './writing.ts'

/** Documents whose best passages are looked at. */
const PASSAGES = 8
const MODEL_TIME_MS = 60_000
/** Answers that a model writes for one organization at a time, in each API process. */
const AT_ONCE = 4

type Input = z.infer<typeof searchContract.searchAsk.input>
/** `stillValid`: the caller's present principals, null once they may not hear the rest. Asked before each claim and before the answer. */
type Call = { readonly signal: AbortSignal | undefined; readonly stillValid: () => Promise<readonly string[] | null> }
type Deps = { readonly search: Pick<SearchService, 'retrieve' | 'placed'>; readonly model: AnswerModel | null; readonly embedder: Embedder | null; readonly log: Log }
type Said = { readonly model: string | null; readonly lacks: readonly 'model'[] }

export type AskingService = {
  /** Each claim as soon as it is proved, then the answer. @throws AppError as `ask`, and auth.required once access ended */
  stream(actor: Actor, input: Input, call: Call): AsyncGenerator<AnswerItem, void, void>
  /** @throws AppError auth.forbidden, rate.limited (the organization asks the model too much at once) */
  ask(actor: Actor, input: Input, call: Call): Promise<Answer>
}

/**
 * Answers from the passages that the search finds for the caller. A model is given these and the question, and no tools; of what it writes only claims
 * whose quote stands in the passage they name come through. Where it is away, or nothing of it holds, the best sentences are the answer.
 */
export function createAskingService({ search, model, embedder, log }: Deps): AskingService {
  const places = createPlaces(AT_ONCE)

  async function* claimsOf(question: string, { passages, missing }: Retrieved, signal: AbortSignal): AsyncGenerator<Proved, Said, void> {
    const asked = model !== null && passages.length > 0
    if (asked) {
      const ended = yield* written(model, { question, hits: passages.map(({ hit }) => hit), signal, log })
      if (ended !== 'failed') return { model: model.id, lacks: ended === 'cut' ? ['model'] : [] }
    }
    const sources = passages.map(({ hit, marks }) => ({ text: hit.passage, marks, readable: hit.why.meaning }))
    const nearness = nearnessTo(question, { embedder: missing.includes('meaning') ? null : embedder, log })
    for (const { source, start, end } of await bestSentences(sources, nearness, embedder === null ? null : traitsOf(embedder.id).related)) {
      const hit = passages[source]?.hit
      if (hit !== undefined) yield extractOf(hit, { start, end })
    }
    return { model: null, lacks: asked ? ['model'] : [] }
  }

  async function* stream(actor: Actor, { question, filters }: Input, { signal, stillValid }: Call): AsyncGenerator<AnswerItem, void, void> {
    const started = performance.now()
    const leaving = new AbortController()
    if (model !== null && !places.enter(actor.orgId)) throw new AppError('rate.limited')
    try {
      const found = await search.retrieve(actor, { query: question, filters, limit: PASSAGES }, model?.id ?? null)
      const ends = AbortSignal.any([leaving.signal, AbortSignal.timeout(MODEL_TIME_MS), ...(signal === undefined ? [] : [signal])])
      const told: Claim[] = []
      const saying = claimsOf(question, found, ends)
      let next = await saying.next()
      for (; next.done !== true; next = await saying.next()) {
        const [claim] = await search.placed(await present(actor, stillValid), [next.value])
        if (claim === undefined) continue
        told.push(claim)
        yield { claim }
      }
      signal?.throwIfAborted()
      // Minutes may have passed since the first of them.
      const claims = told.length === 0 ? told : await search.placed(await present(actor, stillValid), told)
      const [said, missing] = [next.value, [...found.missing, ...next.value.lacks]]
      const kind = claims.length === 0 ? 'nothing' : said.model === null ? 'extract' : 'model'
      yield { answer: { queryId: found.queryId, kind, claims, model: said.model, degraded: missing.length > 0, missing, tookMs: Math.round((performance.now() - started) * 10) / 10 } }
    } finally {
      leaving.abort()
      if (model !== null) places.leave(actor.orgId)
    }
  }

  return {
    stream,
    async ask(actor, input, call) {
      for await (const item of stream(actor, input, call)) if ('answer' in item) return item.answer
      throw new Error('an answer ended without its whole')
    },
  }
}

/** The caller as they stand now: what they read may have been taken away while a model writes. @throws AppError auth.required */
async function present(actor: Actor, stillValid: Call['stillValid']): Promise<Actor> {
  const principals = await stillValid()
  if (principals === null) throw new AppError('auth.required')
  return { ...actor, principals }
}
