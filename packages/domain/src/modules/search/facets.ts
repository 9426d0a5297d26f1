import { documentKinds, type FacetName, type Facets } from '@intellidocs/contracts'
import type { Actor, Log, RunInTx, Tx } from '@intellidocs/kernel'
import { facetsRepository, type Counted, type FacetRow } from './facets.repository.ts'
import { createGuard } from './guard.ts'
import { searchRepository } from './search.repository.ts'
import type { Scope } from './search.types.ts'

/** Documents that are counted, and values that are told. Of media types more are read, because several make a kind. */
const MOST_DOCUMENTS = 10_000
const [TOLD, READ] = [20, 60]
const COUNT_TIME_MS = 2000

type Count = NonNullable<Facets['counts'][FacetName]>[number]

/** Counts what documents have in common; finding out which belongs to it. Null: it took too long, or a part of it is away; the answer does without. */
export type CountFacets = (actor: Actor, scope: Scope, ask: { names: readonly FacetName[]; counted: () => Promise<Counted> }) => Promise<Facets | null>

export function createFacets({ runInTx, log }: { runInTx: RunInTx; log: Log }): CountFacets {
  const guarded = createGuard(log, COUNT_TIME_MS)
  return (actor, scope, ask) => guarded('facets', actor, async () => {
    const counted = await ask.counted()
    const isCut = typeof counted === 'object' && 'cut' in counted && counted.cut
    return runInTx(actor, async (tx) => {
      await searchRepository.limitTime(tx, COUNT_TIME_MS)
      const rows = await facetsRepository.count(tx, scope, { names: ask.names, counted, limit: MOST_DOCUMENTS + 1, top: READ })
      const documents = rows.find((row) => row.facet === 'documents')?.documents ?? 0
      const counts: Facets['counts'] = {}
      for (const name of new Set(ask.names)) counts[name] = (await valuesOf(tx, actor, name, rows.filter((row) => row.facet === name))).slice(0, TOLD)
      return { documents: Math.min(documents, MOST_DOCUMENTS), more: isCut || documents > MOST_DOCUMENTS, counts }
    }, { readOnly: true })
  })
}

async function valuesOf(tx: Tx, actor: Actor, name: FacetName, rows: readonly FacetRow[]): Promise<Count[]> {
  const ids = rows.map((row) => row.value)
  if (name === 'type') return kindsOf(rows)
  if (name === 'folder') {
    const shown = new Map((await facetsRepository.folderNames(tx, actor, ids)).map((folder) => [folder.id, folder.name]))
    return rows.flatMap(({ value, documents }) => (shown.has(value) ? [{ value, label: shown.get(value) ?? null, documents }] : []))
  }
  const known = name === 'owner' && actor.permissions.has('members:read') ? await facetsRepository.memberNames(tx, ids) : []
  const labels = new Map(known.map((member) => [member.id, member.name]))
  return rows.map(({ value, documents }) => ({ value, label: labels.get(value) ?? null, documents }))
}

/** Media types by kind; one that belongs to none stands for itself, as `type:` takes it. */
function kindsOf(rows: readonly FacetRow[]): Count[] {
  const counts = new Map<string, number>()
  for (const { value: mime, documents } of rows) {
    const kind = Object.entries<readonly string[]>(documentKinds).find(([, mimes]) => mimes.includes(mime))?.[0] ?? mime
    counts.set(kind, (counts.get(kind) ?? 0) + documents)
  }
  return [...counts].map(([value, documents]) => ({ value, label: null, documents })).toSorted((a, b) => b.documents - a.documents || (a.value < b.value ? -1 : 1))
}
