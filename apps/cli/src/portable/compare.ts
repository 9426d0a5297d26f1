import { takeOrgSnapshot, type NamedBlob, type OrgSnapshot, type OrgTable } from '@intellidocs/db'
import { createAuditKeys } from '@intellidocs/domain'
import { forEachBounded } from '../backup/each.ts'
import type { Installation } from '../backup/installation.ts'
import { readLines } from '../backup/lines.ts'
import type { Steps } from '../backup/steps.ts'
import { count } from '../output.ts'
import { verifyExportedChain } from './chain.ts'
import { paths } from './folder.ts'
import type { OrgManifest } from './manifest.ts'
import { nameOf, toLine, type Line } from './rows.ts'

/** Signatures are those of each place itself. */
const OWN = new Set(['audit_checkpoint'])

export type ComparedTable = {
  readonly name: string
  readonly exported: number
  readonly there: number
  readonly equal: boolean
  /** The first row that is not the same. */
  readonly first: string | null
}
export type Compared = {
  readonly tables: readonly ComparedTable[]
  readonly blobs: { readonly exported: number; readonly there: number }
  readonly chain: { readonly rows: number; readonly unsealed: number }
  /** A sentence for each thing that is not the same; none when all is. */
  readonly differences: readonly string[]
}

type Comparing = {
  readonly dir: string; readonly manifest: OrgManifest; readonly there: Installation; readonly secretKeys: { secretKey: Buffer; oldSecretKeys: readonly Buffer[] }
  readonly steps: Steps; readonly signal: AbortSignal
}

/**
 * Compares an export with the organization in an installation: each row with each row in one view of the database, each byte, and the chain with its seals there.
 * Rows that came after the export are differences. What an export leaves behind is not looked at.
 */
export async function compareWithExport(comparing: Comparing): Promise<Compared> {
  const { dir, manifest, there, steps } = comparing
  const view = await takeOrgSnapshot({ url: there.databaseUrl, orgId: manifest.org.id })
  const tables: ComparedTable[] = []
  const step = steps.begin('rows compared', manifest.tables.length)
  const differences: string[] = []
  let seals: string[]
  try {
    for (const table of manifest.tables) {
      const here = view.tables.find(({ name }) => name === table.name)
      if (here === undefined || JSON.stringify(here.columns) !== JSON.stringify(table.columns)) differences.push(`${table.name} has other columns in this release`)
      else tables.push(await compareTable(comparing, { view, table: here }))
      step.advance()
    }
    seals = await foreignSeals(comparing, view)
  } finally {
    await view.close()
  }
  step.done(`${count(tables.length, 'table')}`)
  for (const { name, exported, there: found, equal, first } of tables) {
    if (!equal) differences.push(`${name}: ${count(exported, 'row')} exported, ${found} there; the first that differs: ${first}`)
  }
  const blobs = await compareBlobs(comparing, differences)
  const chain = await verifyExportedChain(paths(dir), [manifest.publicKey])
  differences.push(...seals)
  return { tables, blobs, chain: { rows: chain.sealed, unsealed: chain.unsealed }, differences }
}

/** Both in the same order, side by side. */
async function compareTable({ dir, signal }: Comparing, { view, table }: { view: OrgSnapshot; table: OrgTable }): Promise<ComparedTable> {
  const exported = each(readLines<Line>(paths(dir).table(table.name)))
  const found = each(view.rows(table))
  const counts = { exported: 0, there: 0 }
  let first: string | null = null
  for (;;) {
    signal.throwIfAborted()
    const [one, other] = [await exported.next(), await found.next()]
    if (one.done === true && other.done === true) break
    const [wanted, has] = [one.done === true ? null : one.value, other.done === true ? null : toLine(table, other.value)]
    if (wanted !== null) counts.exported += 1
    if (has !== null) counts.there += 1
    if (!OWN.has(table.name)) first ??= differenceOf(table, wanted, has)
  }
  return { name: table.name, ...counts, equal: first === null, first }
}

function differenceOf(table: OrgTable, wanted: Line | null, has: Line | null): string | null {
  if (wanted === null || has === null) return wanted === has ? null : wanted === null ? `${nameOf(table, has ?? {})} (not exported)` : `${nameOf(table, wanted)} (missing)`
  const column = table.columns.find(({ name }) => wanted[name] !== has[name])
  if (column === undefined) return null
  const [exported, there] = [nameOf(table, wanted), nameOf(table, has)]
  return exported === there ? `${exported} (${column.name})` : `${exported}, and there stands ${there}`
}

async function* each<T>(batches: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const batch of batches) yield* batch
}

async function compareBlobs({ dir, manifest, there, steps, signal }: Comparing, differences: string[]): Promise<Compared['blobs']> {
  const step = steps.begin('files compared', manifest.blobs.count)
  const lost = new Set(manifest.lost)
  const known = new Set<string>()
  await forEachBounded(readLines<NamedBlob>(paths(dir).blobList), 2, async ({ orgId, sha256 }) => {
    signal.throwIfAborted()
    known.add(sha256)
    if (!lost.has(sha256) && !await there.blobs.verify(orgId, sha256)) differences.push(`file ${sha256} is missing or damaged`)
    step.advance()
  })
  let found = 0
  for await (const { sha256 } of there.blobs.list(manifest.org.id)) {
    found += 1
    if (!known.has(sha256)) differences.push(`file ${sha256} is not in the export`)
  }
  step.done(count(found, 'file'))
  return { exported: manifest.blobs.count - lost.size, there: found }
}

/** The seals are compared as rows; that this installation made or took them in is told by what only its own key makes. */
async function foreignSeals({ secretKeys }: Comparing, view: OrgSnapshot): Promise<string[]> {
  const keys = createAuditKeys(secretKeys)
  for await (const { number, hash, mac } of view.seals()) {
    if (!keys.madeBy(hash, mac)) return [`the seal ${number} of the audit was not made by this installation`]
  }
  return []
}
