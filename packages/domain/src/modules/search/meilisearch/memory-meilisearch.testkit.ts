import { createLog, createUnitOfWork, systemClock, type Clock } from '@intellidocs/kernel'
import { forgiven } from '../corrections.ts'
import type { MeiliFilter } from '../meili-filter.ts'
import type { SearchWorld } from '../search.testkit.ts'
import { distance } from '../suggest/distance.ts'
import type { SearchClient } from './client.ts'
import { MeilisearchFailure } from './failure.ts'
import type { IndexClient } from './index-client.ts'
import { createIndexWriter } from './index-writer.ts'
import { PASSAGES_INDEX, type Entry } from './settings.ts'

type Kept = { settings: unknown; readonly entries: Map<string, Entry> }
export type MemoryMeilisearch = {
  readonly indexes: Map<string, Kept>
  readonly client: IndexClient
  /** What was asked to be changed, in order. */
  readonly calls: string[]
  /** Called before each change; what it throws, the change throws, undone. */
  interfere: (call: string) => Promise<void> | void
  searching(index: string): SearchClient
}

/**
 * A stand-in in this process that keeps indexes by the server's rules as far as they were measured: a quoted word is exact, a bare one may differ by a typo, and the last
 * of a query goes on where no blank follows, all words of a query must be held, filters need settings, a partial change makes no entries, the order of hits says nothing. Stands in for Meilisearch, which no registry has.
 */
export function createMemoryMeilisearch(): MemoryMeilisearch {
  const indexes = new Map<string, Kept>()
  const calls: string[] = []
  const of = (index: string): Kept => {
    const found = indexes.get(index)
    if (found === undefined) throw new MeilisearchFailure('refused', { code: 'index_not_found' })
    return found
  }
  const matching = (index: string, filter: MeiliFilter): Entry[] => {
    const { settings, entries } = of(index)
    if (settings === null) throw new MeilisearchFailure('refused', { code: 'invalid_search_filter' })
    const conditions = filter.map((condition) => ({ name: condition.split(' ')[0] as 'org' | 'readers' | 'doc', values: [...condition.matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? '') }))
    return [...entries.values()].filter((entry) => conditions.every(({ name, values }) => [entry[name]].flat().some((held) => values.includes(held))))
  }
  const memory: MemoryMeilisearch = {
    indexes, calls, interfere: () => undefined,
    client: {
      look: (index, settings) => Promise.resolve(!indexes.has(index) ? 'missing' : of(index).settings === settings ? 'set' : 'other'),
      create: (index) => change(`create ${index}`, () => { if (!indexes.has(index)) indexes.set(index, { settings: null, entries: new Map() }) }),
      configure: (index, settings) => change(`configure ${index}`, () => { of(index).settings = settings }),
      put: (index, entries) => change(`put ${index} ${entries.length}`, () => { for (const entry of entries as Entry[]) of(index).entries.set(entry.id, entry) }),
      change: (index, entries) => change(`change ${index} ${entries.length}`, () => {
        for (const entry of entries) {
          const present = of(index).entries.get(entry.id)
          if (present !== undefined) of(index).entries.set(entry.id, { ...present, ...entry })
        }
      }),
      remove: (index, ids) => change(`remove ${index} ${ids.length}`, () => { for (const id of ids) of(index).entries.delete(id) }),
      idsOf: async (index, filter) => matching(index, filter).map(({ id }) => id),
      count: async (index, filter) => matching(index, filter).length,
      entries: (index, filter, from = 0) => inThousands(() => matching(index, filter), from),
      swap: (one, other) => change(`swap ${one} ${other}`, () => {
        const [first, second] = [of(one), of(other)]
        indexes.set(one, second)
        indexes.set(other, first)
      }),
      drop: (index) => change(`drop ${index}`, () => { indexes.delete(index) }),
      prune: () => Promise.resolve(),
    },
    searching: (index) => ({
      search: async (queries, filter) => {
        const visible = matching(index, filter).map(({ id, s }) => ({ id, words: s.split(' ') }))
        const like = (held: string, word: string): boolean => distance(held, word, forgiven(word)) <= forgiven(word)
        const holds = (words: readonly string[], word: string, open: boolean): boolean => (word.startsWith('"') ? words.includes(word.slice(1, -1))
          : words.some((held) => like(held, word) || (open && like(held.slice(0, word.length), word))))
        return queries.map(({ q, limit }) => {
          const asked = q.trim().split(' ')
          const found = visible.filter(({ words }) => asked.every((word, at) => holds(words, word, !q.endsWith(' ') && at === asked.length - 1)))
          return { count: found.length, ids: found.slice(0, limit).map(({ id }) => id) }
        })
      },
    }),
  }
  async function change(call: string, make: () => void): Promise<void> {
    await memory.interfere(call)
    calls.push(call)
    make()
  }
  return memory
}

/** By offsets of what is there by then, as the server does. */
async function* inThousands(of: () => Entry[], from: number): AsyncGenerator<Entry[]> {
  for (let at = from, last = 1_000; last === 1_000; at += last) {
    const some = of().slice(at, at + 1_000)
    last = some.length
    yield some
  }
}

/** A process that writes to it what waits in the world's database. */
export function writerOf({ database }: Pick<SearchWorld, 'database'>, { client }: Pick<MemoryMeilisearch, 'client'>, clock: Clock = systemClock) {
  const unit = createUnitOfWork({ database, clock: systemClock, onCommit: () => undefined })
  return createIndexWriter({ ...unit, clock, log: createLog({ level: 'silent', name: 'test' }), index: PASSAGES_INDEX, connect: () => client })
}
