import { createHash } from 'node:crypto'
import type { OrgId } from '@intellidocs/contracts'
import { newId, systemActor, type RunAsSystem, type RunInTx } from '@intellidocs/kernel'
import { meiliDocuments, meiliOrg } from '../meili-filter.ts'
import { entriesRepository } from './entries.repository.ts'
import { entryText } from './entry-words.ts'
import type { HeldEntry, IndexClient } from './index-client.ts'

const DOCUMENTS = 20
const ENTRIES_AT_ONCE = 1_000
/** Behind the documents come the entries that belong to none of them, by how many are still to be looked at. */
const GONE = 'gone:'
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

type Deps = { readonly runInTx: RunInTx; readonly runAsSystem: RunAsSystem; readonly client: IndexClient; readonly index: string }
type Asked = { readonly orgId: OrgId; readonly after: string; readonly signal: AbortSignal }

/**
 * The next 20 documents of an organization, their entries compared with what they should be: those that are missing, too many, or hold other words or readers
 * are noted for the writer; behind them the entries of documents that are gone. What waits to be written anyway is left to it, and everything is while there is no index that holds everything: it is being built.
 */
export async function healEntries(deps: Deps, { orgId, after, signal }: Asked): Promise<{ next: string | null; wrong: number }> {
  const { runInTx, runAsSystem, client, index } = deps
  if (!await runAsSystem((tx) => entriesRepository.serves(tx))) return { next: null, wrong: 0 }
  const actor = systemActor(orgId, newId())
  if (after.startsWith(GONE)) return healGone(deps, { orgId, end: Number(after.slice(GONE.length)) })
  const gone = async () => `${GONE}${await client.count(index, meiliOrg(orgId))}`
  const ids = await runInTx(actor, (tx) => entriesRepository.ownDocuments(tx, { after, limit: DOCUMENTS }), { readOnly: true })
  if (ids.length === 0) return { next: await gone(), wrong: 0 }
  const held = new Map<string, { doc: string; digest: string }>()
  for await (const entries of client.entries(index, meiliDocuments(orgId, ids))) {
    signal.throwIfAborted()
    for (const { id, doc, s, readers } of entries) held.set(id, { doc: String(doc), digest: digestOf(s, readers) })
  }
  const wrong = new Set<string>()
  for (const { documentId, versionId, readers } of await runInTx(actor, (tx) => entriesRepository.readable(tx, ids), { readOnly: true })) {
    for (let last: string | undefined = '0'; last !== undefined;) {
      const page: { after: string; limit: number } = { after: last, limit: ENTRIES_AT_ONCE }
      const passages = await runInTx(actor, (tx) => entriesRepository.passages(tx, versionId, page), { readOnly: true })
      for (const { id, stems } of passages) {
        if (held.get(id)?.digest !== digestOf(entryText(stems), readers)) wrong.add(documentId)
        held.delete(id)
      }
      last = passages.length < ENTRIES_AT_ONCE ? undefined : passages.at(-1)?.id
    }
  }
  for (const { doc } of held.values()) wrong.add(doc)
  return { next: ids.length < DOCUMENTS ? await gone() : ids.at(-1) ?? null, wrong: await note(runAsSystem, orgId, [...wrong]) }
}

/**
 * The last thousand of the first `end` entries of the organization: of documents that are gone altogether they are removed by the writer. From the end to the beginning, because
 * what it removes meanwhile moves those behind it, which were looked at: forwards they would be passed over.
 */
async function healGone({ runInTx, runAsSystem, client, index }: Deps, { orgId, end }: { orgId: OrgId; end: number }): Promise<{ next: string | null; wrong: number }> {
  const from = Math.max(0, end - ENTRIES_AT_ONCE)
  const { value: entries = [] } = await client.entries(index, meiliOrg(orgId), from).next() as IteratorResult<HeldEntry[], undefined>
  const named = [...new Set(entries.map(({ doc }) => String(doc)).filter((doc) => UUID.test(doc)))]
  const there = new Set(await runInTx(systemActor(orgId, newId()), (tx) => entriesRepository.documentsAmong(tx, named), { readOnly: true }))
  const wrong = await note(runAsSystem, orgId, named.filter((id) => !there.has(id)))
  return { next: from === 0 ? null : `${GONE}${from}`, wrong }
}

/** How many of the documents did not wait to be written already. */
const note = (runAsSystem: RunAsSystem, orgId: OrgId, wrong: readonly string[]): Promise<number> => runAsSystem(async (tx) => {
  const waiting = new Set(await entriesRepository.waitingAmong(tx, orgId, wrong))
  const noted = wrong.filter((id) => !waiting.has(id))
  await entriesRepository.ask(tx, orgId, noted)
  return noted.length
})

/** Readers are a set. A digest, because entries of a sheet are as long as the sheet. */
const digestOf = (s: unknown, readers: unknown): string =>
  createHash('sha256').update(JSON.stringify([s, Array.isArray(readers) ? [...readers as unknown[]].map(String).sort() : readers])).digest('base64')
