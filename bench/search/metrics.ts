import { percentile, rounded } from '../figures.ts'
import type { Corpus } from './corpus.ts'

/** Best first, one entry a document. */
export type Run = ReadonlyMap<string, readonly string[]>
export type Timed = { readonly run: Run; readonly milliseconds: readonly number[] }
export type Measures = { ndcg10: number; r100: number; empty: number; p50_ms: number; p95_ms: number }

/** Over the queries that have a relevant document; one without an answer counts as zero. nDCG with linear gains, as trec_eval and pytrec_eval have it. */
export function measure(corpus: Corpus, { run, milliseconds }: Timed): Measures {
  let [count, ndcg, recall, empty] = [0, 0, 0, 0]
  const asked = new Set(corpus.queries.map((q) => q.id))
  for (const [query, judged] of corpus.relevance) {
    if (!asked.has(query)) continue
    const gains = new Map([...judged].filter(([, grade]) => grade > 0))
    if (gains.size === 0) continue
    const ranking = [...new Set(run.get(query) ?? [])]
    count += 1
    if (ranking.length === 0) empty += 1
    ndcg += discounted(ranking.map((id) => gains.get(id) ?? 0)) / discounted([...gains.values()].sort((a, b) => b - a))
    recall += ranking.slice(0, 100).filter((id) => gains.has(id)).length / gains.size
  }
  const of = Math.max(1, count)
  const part = (share: number): number => rounded(percentile(milliseconds, share) ?? 0)
  return { ndcg10: rounded(ndcg / of, 4), r100: rounded(recall / of, 4), empty, p50_ms: part(0.5), p95_ms: part(0.95) }
}

const discounted = (gains: readonly number[]): number => gains.slice(0, 10).reduce((sum, gain, i) => sum + gain / Math.log2(i + 2), 0)
