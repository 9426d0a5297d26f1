/** One spelling of one word of a query as one configuration reads it. `lexeme` null: a stop word there. */
export type Reading = {
  readonly word: number
  readonly config: string
  /** Passages in this configuration. */
  readonly n: number
  readonly lexeme: string | null
  /** Passages that hold the lexeme, 0 when unknown. */
  readonly df: number
}

export type Stats = { readonly passages: number; readonly averageLength: number }

/** A word that can be looked up: its stems, how many passages hold it, and its weight (k1 + 1) * idf. */
export type Term = { readonly word: number; readonly lexemes: readonly string[]; readonly df: number; readonly weight: number }

export type KeywordPlan = {
  /** What an answer speaks of: the first 64 in the order of the query, which says nothing of how often a word occurs. */
  readonly asked: readonly Pick<Term, 'word' | 'lexemes'>[]
  /** What is scored: rarest first; at most 64. */
  readonly terms: readonly Term[]
  /** Words that were left out, 64 at a time, for when none of those above stands in anything that the caller reads. */
  readonly further: readonly (readonly Term[])[]
  /** k of the scoring function for a passage of `dl` stems is `base + slope * dl`. */
  readonly base: number
  readonly slope: number
}

const K1 = 1.2
const B = 0.75
/** What Postgres' ts_rank divides by; 0.645 = H2(infinity) - 1 makes the score exact for a word that occurs once. */
const RANK_SCALE = 0.645
const MAX_TERMS = 64
/** Places among these of words that the statistics do not know: nobody holds them, or they wait to be taken in. */
const UNKNOWN_TERMS = 8

/**
 * Weights of a query's words, textbook BM25 (Robertson & Zaragoza 2009) with k1 1.2 and b 0.75. A word is a group of stems, one or more
 * per configuration in use; its frequency is that of its commonest stem, plus every passage of a language in which it is a stop word
 * and is not indexed (so `the` does not look rare among Portuguese documents).
 */
export function planTerms(readings: readonly Reading[], stats: Stats): KeywordPlan {
  const n = Math.max(1, stats.passages)
  const claimed = new Set<string>()
  const unknown = new Set<Term>()
  const terms = [...groupByWord(readings)].flatMap(([word, { lexemes, stopped }]): Term[] => {
    // `wing` and `wings` share a stem, and BM25 counts a stem of the query once.
    const own = [...lexemes].filter(([lexeme]) => !claimed.has(lexeme))
    if (own.length === 0) return []
    for (const [lexeme] of own) claimed.add(lexeme)
    const unindexed = [...stopped.values()].reduce((a, b) => a + b, 0)
    const most = Math.max(...own.map(([, held]) => held))
    // A word not yet in the statistics counts as held once, so that nothing is lost before the fold.
    const df = Math.min(n, Math.max(1, most) + unindexed)
    const term = { word, lexemes: own.map(([lexeme]) => lexeme).sort(), df, weight: (K1 + 1) * Math.log(1 + (n - df + 0.5) / (df + 0.5)) }
    if (most <= 0) unknown.add(term)
    return [term]
  })
  const asked = terms.toSorted((a, b) => a.word - b.word).slice(0, MAX_TERMS)
  const [first = [], ...further] = portionsOf(terms.toSorted(rarestFirst), unknown)
  return { asked, terms: first, further, base: (K1 * (1 - B)) / RANK_SCALE, slope: (K1 * B) / Math.max(1, stats.averageLength) / RANK_SCALE }
}

const rarestFirst = (a: Term, b: Term): number => a.df - b.df || a.word - b.word

/** Unknown words would all be rarest, and leave no place for those that stand in something. */
function portionsOf(terms: readonly Term[], unknown: ReadonlySet<Term>): Term[][] {
  const [known, others] = [terms.filter((term) => !unknown.has(term)), terms.filter((term) => unknown.has(term))]
  const places = MAX_TERMS - Math.min(UNKNOWN_TERMS, others.length)
  const order = [...known.slice(0, places), ...others.slice(0, UNKNOWN_TERMS), ...known.slice(places), ...others.slice(UNKNOWN_TERMS)]
  return Array.from({ length: Math.ceil(order.length / MAX_TERMS) }, (_, at) => order.slice(at * MAX_TERMS, (at + 1) * MAX_TERMS).toSorted(rarestFirst))
}

type Group = { readonly lexemes: Map<string, number>; readonly stopped: Map<string, number> }

function groupByWord(readings: readonly Reading[]): Map<number, Group> {
  const groups = new Map<number, Group>()
  for (const { word, config, n, lexeme, df } of readings) {
    const group = groups.get(word) ?? { lexemes: new Map<string, number>(), stopped: new Map<string, number>() }
    groups.set(word, group)
    if (lexeme === null) group.stopped.set(config, n)
    else group.lexemes.set(lexeme, df)
  }
  return groups
}

/**
 * The condition that a candidate must meet, as tsquery text, in rounds: the rarest words until their summed frequency passes the cap
 * (16 * sqrt(n): 97 ms instead of 2,670 for a million passages, with .975 of the exact first ten), commoner ones in company only; then
 * wider, for when filters leave too few. The last round is every word. A round is tried when the one before found too few.
 */
export function candidateRounds(terms: readonly Term[], passages: number, filtered: boolean): string[] {
  const rounds: string[] = []
  let cap = Math.max(1000, Math.round(16 * Math.sqrt(passages))) * (filtered ? 3 : 1)
  for (;;) {
    const taken = takeRarest(terms, cap)
    rounds.push(conditionOf(terms, taken, cap, passages))
    if (taken >= terms.length) return rounds
    cap *= 8
  }
}

function takeRarest(terms: readonly Term[], cap: number): number {
  let sum = 0
  let taken = 0
  for (const term of terms) {
    sum += term.df
    if (taken > 0 && sum > cap) break
    taken++
  }
  return taken
}

/** At most one group of commoner words joined by AND: more of them make the index read all their lists. */
function conditionOf(terms: readonly Term[], taken: number, cap: number, passages: number): string {
  const any = terms.slice(0, taken).map(either).join(' | ')
  const [a, b, c] = terms.slice(taken)
  if (a === undefined || b === undefined) return any
  const expected = (a.df * (b.df + (c?.df ?? 0)) * 1.5) / Math.max(1, passages)
  if (c !== undefined && expected <= cap) return `${any} | (${either(a)} & (${either(b)} | ${either(c)}))`
  if ((a.df * b.df * 1.5) / Math.max(1, passages) <= cap) return `${any} | (${either(a)} & ${either(b)})`
  return any
}

const either = (term: Term): string => `(${term.lexemes.map(quoteLexeme).join(' | ')})`

/** A stem as tsquery text that nothing in it can turn into an operator. */
export const quoteLexeme = (lexeme: string): string => `'${lexeme.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
