import { Meilisearch } from 'meilisearch'
import { z } from 'zod'
import type { MeiliFilter } from '../meili-filter.ts'
import { failureOf, MeilisearchFailure } from './failure.ts'

/** `key` absent: a server without a master key. */
export type MeilisearchServer = { readonly url: string; readonly key?: string | undefined; readonly timeoutMs?: number }

const TIMEOUT_MS = 2_000
/** What may stand in a path. The client writes names into it as they are: `..` for an id deletes the index, `../keys` for an index reads the keys. */
const SAFE_NAME = /^[A-Za-z0-9_-]{1,511}$/

/** The name itself. @throws RangeError for one that could lead elsewhere */
export function safeName(name: string): string {
  if (!SAFE_NAME.test(name)) throw new RangeError('not the name of an index or an entry')
  return name
}

/**
 * The client of the server, with what it needs to be left alone with: an end to waiting, no way elsewhere by a redirect, and answers as they are, because
 * compressed ones take 40 ms each.
 */
export function connect({ url, key, timeoutMs = TIMEOUT_MS }: MeilisearchServer): Meilisearch {
  return new Meilisearch({
    host: url, timeout: timeoutMs, requestInit: { redirect: 'error', headers: { 'accept-encoding': 'identity' } }, ...(key === undefined ? {} : { apiKey: key }),
  })
}

/** `limit` 0: the count alone. `q` is the server's own syntax: a quoted word is exact, a bare one may differ by a typo, and go on where nothing stands behind it. */
export type WordQuery = { readonly q: string; readonly limit: number }
export type Found = { readonly count: number; readonly ids: readonly string[] }

export type SearchClient = {
  /** Answers each query, in their order, within the filter; a passage meets one that holds all of its words. @throws MeilisearchFailure */
  search(queries: readonly WordQuery[], filter: MeiliFilter, signal: AbortSignal): Promise<Found[]>
}

const answer = z.object({ results: z.array(z.object({ hits: z.array(z.object({ id: z.string().regex(SAFE_NAME) })), estimatedTotalHits: z.int().min(0) })) })

/** Of an API key that may search and do nothing else. One request, however many queries: one that is bad would refuse all. */
export function createSearchClient(server: MeilisearchServer, index: string): SearchClient {
  const client = connect(server)
  const indexUid = safeName(index)
  return {
    async search(queries, filter, signal) {
      if (queries.length === 0) return []
      const asked = queries.map(({ q, limit }) => (limit === 0 ? { indexUid, q, limit, filter: [...filter] }
        : { indexUid, q, limit, matchingStrategy: 'all' as const, filter: [...filter], attributesToRetrieve: ['id'] }))
      const body: unknown = await client.multiSearch({ queries: asked }, { signal }).catch((error: unknown) => { throw failureOf(error) })
      const parsed = answer.safeParse(body)
      if (!parsed.success || parsed.data.results.length !== queries.length) throw new MeilisearchFailure('nonsense', { detail: 'not the answers to what was asked' })
      return parsed.data.results.map(({ hits, estimatedTotalHits }) => ({ count: estimatedTotalHits, ids: hits.map(({ id }) => id) }))
    },
  }
}
