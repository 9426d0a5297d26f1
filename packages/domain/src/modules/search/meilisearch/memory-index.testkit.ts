import type { RunInTx } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { forgiven } from '../corrections.ts'
import { distance } from '../suggest/distance.ts'
import type { SearchClient } from './client.ts'
import { entryWord } from './entry-words.ts'

export type MemoryEntry = { readonly id: string; readonly org: string; readonly readers: readonly string[]; readonly words: ReadonlySet<string> }

/** What the index of one organization holds once everything was written: the stems that Postgres has. */
export async function entriesOf(runInTx: RunInTx, { system }: TestOrg): Promise<MemoryEntry[]> {
  const rows = await runInTx(system, (tx) => tx.$queryRaw<{ id: string; org: string; readers: string[]; stems: string[] }[]>`
    select k.passage_id::text id, k.org_id::text org, array(select app.readers(k.org_id, k.document_id)) readers, tsvector_to_array(k.tsv) stems
    from passage_keyword k join document d on d.org_id = k.org_id and d.id = k.document_id and d.published_version_id = k.version_id order by k.passage_id`)
  return rows.map(({ stems, ...row }) => ({ ...row, words: new Set(stems.map(entryWord)) }))
}

/**
 * A search client that answers in this process, by the server's rules as far as they were measured: a quoted word is exact, a bare one may differ by a typo, all words
 * of a query must be held, the filter narrows, and the order says nothing.
 */
export function createMemoryClient(entries: readonly MemoryEntry[]): SearchClient {
  const holds = (entry: MemoryEntry, word: string): boolean => (word.startsWith('"') ? entry.words.has(word.slice(1, -1))
    : [...entry.words].some((held) => distance(held, word, forgiven(word)) <= forgiven(word)))
  return {
    search: (queries, [org = '', readers = '']) => {
      const allowed = new Set([...readers.matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? ''))
      const visible = entries.filter((entry) => org === `org = "${entry.org}"` && entry.readers.some((reader) => allowed.has(reader)))
      return Promise.resolve(queries.map(({ q, limit }) => {
        const found = visible.filter((entry) => q.split(' ').every((word) => holds(entry, word)))
        return { count: found.length, ids: found.slice(0, limit).map(({ id }) => id) }
      }))
    },
  }
}
