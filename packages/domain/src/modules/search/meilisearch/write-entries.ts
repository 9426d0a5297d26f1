import type { OrgId } from '@intellidocs/contracts'
import { newId, systemActor, type RunInTx } from '@intellidocs/kernel'
import { meiliDocuments } from '../meili-filter.ts'
import { entriesRepository, type DueWrite, type StoredStems } from './entries.repository.ts'
import { entryText } from './entry-words.ts'
import type { IndexClient } from './index-client.ts'
import type { Entry } from './settings.ts'

const ENTRIES_AT_ONCE = 1_000

type Write = Pick<DueWrite, 'documentId' | 'version' | 'words'>
export type EntriesDeps = { readonly runInTx: RunInTx; readonly client: IndexClient }

/**
 * Makes the entries of one organization's documents what they should be, in each of the indexes: reads the newest rows and posts those, never anything made
 * before. Where only readers changed only these are sent. Entries of what is gone are removed by name.
 */
export async function writeEntries({ runInTx, client }: EntriesDeps, { orgId, writes, indexes }: { orgId: OrgId; writes: readonly Write[]; indexes: readonly string[] }): Promise<void> {
  const actor = systemActor(orgId, newId())
  const ids = writes.map(({ documentId }) => documentId)
  // First what is there: an entry that appears in between is none that has to go.
  const present = await Promise.all(indexes.map((index) => client.idsOf(index, meiliDocuments(orgId, ids)).then((held) => new Set(held))))
  const wanted = new Set<string>()
  let batch: { whole: Entry[]; readers: Omit<Entry, 's'>[] } = { whole: [], readers: [] }
  const note = `write-${Math.max(...writes.map(({ version }) => version))}`
  const post = async (): Promise<void> => {
    const { whole, readers } = batch
    batch = { whole: [], readers: [] }
    for (const index of indexes) {
      if (whole.length > 0) await client.put(index, whole, note)
      if (readers.length > 0) await client.change(index, readers, note)
    }
  }
  const known = new Map(writes.map((write) => [write.documentId, write]))
  for (const { documentId, versionId, readers } of await runInTx(actor, (tx) => entriesRepository.readable(tx, ids), { readOnly: true })) {
    const { words, version } = known.get(documentId) ?? { words: true, version: 0 }
    for (let after: string | undefined = '0'; after !== undefined;) {
      const page: { after: string; limit: number } = { after, limit: ENTRIES_AT_ONCE }
      const passages: StoredStems[] = await runInTx(actor, (tx) => entriesRepository.passages(tx, versionId, page), { readOnly: true })
      for (const { id, stems } of passages) {
        const entry = { id, org: orgId, readers, doc: documentId, version }
        wanted.add(id)
        // Where an index does not hold the passage yet there is nothing to change: it is written whole.
        if (words || !present.every((held) => held.has(id))) batch.whole.push({ ...entry, s: entryText(stems) })
        else batch.readers.push(entry)
      }
      if (batch.whole.length + batch.readers.length >= ENTRIES_AT_ONCE) await post()
      after = passages.length < ENTRIES_AT_ONCE ? undefined : passages.at(-1)?.id
    }
  }
  await post()
  for (const [at, index] of indexes.entries()) {
    const gone = [...present[at] ?? []].filter((id) => !wanted.has(id))
    if (gone.length > 0) await client.remove(index, gone)
  }
}

/** What is to be written, by whose it is. */
export function byOrg<W extends Pick<DueWrite, 'orgId'>>(writes: readonly W[]): Map<W['orgId'], W[]> {
  const found = new Map<W['orgId'], W[]>()
  for (const write of writes) found.set(write.orgId, [...(found.get(write.orgId) ?? []), write])
  return found
}
