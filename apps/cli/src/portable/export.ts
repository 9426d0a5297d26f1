import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { holdBlobs, takeOrgSnapshot, type NamedBlob, type OrgName, type OrgSnapshot } from '@intellidocs/db'
import { copyBlob } from '../backup/create.ts'
import { forEachBounded } from '../backup/each.ts'
import type { Installation } from '../backup/installation.ts'
import { readLines, writeLines, type Written } from '../backup/lines.ts'
import type { Steps } from '../backup/steps.ts'
import { CommandError } from '../failure.ts'
import { count, formatBytes } from '../output.ts'
import type { Signer } from '@intellidocs/audit'
import { blobsIn, forgetRows, writeWhole, type Paths } from './folder.ts'
import { formatManifest, formatPlan, readPlan, type OrgManifest, type PartFile, type Plan } from './manifest.ts'
import { toLine } from './rows.ts'

const BLOBS_AT_ONCE = 4

export type ExportDeps = {
  readonly from: Installation
  readonly org: OrgName
  readonly at: Paths
  readonly signer: Signer
  readonly product: string
  readonly steps: Steps
  readonly signal: AbortSignal
}

export type Exported = { readonly manifest: OrgManifest; readonly resumed: boolean; readonly copied: number; readonly lost: readonly { sha256: string; why: string }[] }

/**
 * Writes the export of one organization: rows as one view has them, then the bytes that this view names, then the manifest. As with a backup, bytes are held
 * before the view is taken. What was interrupted while bytes were copied goes on with the rows it has, unless bytes of theirs are gone since; what was
 * interrupted before takes its rows anew. Bytes that are there already are not copied again.
 * @throws CommandError for an organization that is being deleted
 */
export async function exportOrg(deps: ExportDeps): Promise<Exported> {
  const { from, org, at, signer, steps } = deps
  if (org.status === 'deleting') throw new CommandError(`${org.slug} is being deleted. Take that back first ("intellidocs orgs undelete"), then export it.`)
  const hold = await holdBlobs(from.databaseUrl)
  try {
    const left = await planToGoOnWith(deps)
    const plan = left ?? await copyRows(deps)
    const { copied, lost } = await copyBlobs(deps, plan)
    hold.assertHeld()
    await removeUnnamed(at, plan)
    const manifest: OrgManifest = { ...plan, lost: lost.map(({ sha256 }) => sha256) }
    await writeWhole(at.manifest, formatManifest(manifest, signer))
    await rm(at.plan)
    return { manifest, resumed: left !== null, copied, lost }
  } finally {
    steps.stop()
    await hold.release()
  }
}

/** Only rows of this organization, and only while every byte that they name can still be had. */
async function planToGoOnWith({ from, org, at, signal }: ExportDeps): Promise<Plan | null> {
  const plan = await readPlan(at.plan)
  if (plan === null) return null
  if (plan.org.id !== org.id) throw new CommandError(`${at.root} holds an interrupted export of ${plan.org.slug}. Name another folder for ${org.slug}.`)
  const to = blobsIn(at)
  let gone = false
  await forEachBounded(readLines<NamedBlob>(at.blobList), BLOBS_AT_ONCE, async ({ orgId, sha256 }) => {
    signal.throwIfAborted()
    if (await to.stat(orgId, sha256) === null && await from.blobs.stat(orgId, sha256) === null) gone = true
  })
  return gone ? null : plan
}

const partOf = ({ file: { bytes, sha256 } }: Written): PartFile => ({ bytes, sha256 })

async function copyRows(deps: ExportDeps): Promise<Plan> {
  const { from, org, at, product, signer, steps, signal } = deps
  await forgetRows(at)
  const view = await takeOrgSnapshot({ url: from.databaseUrl, orgId: org.id })
  try {
    const step = steps.begin('rows', view.tables.length)
    const tables: Plan['tables'] = []
    for (const table of view.tables) {
      const written = await writeLines(at.table(table.name), linesOf(view, { table, signal }))
      tables.push({ name: table.name, key: [...table.key], columns: [...table.columns], rows: written.lines, file: partOf(written) })
      step.advance()
    }
    const blobs = await listBlobs(view, at.blobList)
    step.done(`${count(tables.reduce((sum, { rows }) => sum + rows, 0), 'row')} of ${count(tables.length, 'table')} as of ${view.facts.takenAt}`)
    const { takenAt, migrations, feedReached } = view.facts
    const plan: Plan = {
      format: 1, product, org: { id: org.id as Plan['org']['id'], slug: org.slug, name: org.name }, takenAt, migrations: [...migrations], feedReached,
      publicKey: signer.publicKey, tables, blobs,
    }
    await writeWhole(at.plan, formatPlan(plan))
    return plan
  } finally {
    await view.close()
  }
}

async function* linesOf(view: OrgSnapshot, { table, signal }: { table: OrgSnapshot['tables'][number]; signal: AbortSignal }): AsyncIterable<readonly unknown[]> {
  for await (const batch of view.rows(table)) {
    signal.throwIfAborted()
    yield batch.map((row) => toLine(table, row))
  }
}

async function listBlobs(view: OrgSnapshot, path: string): Promise<Plan['blobs']> {
  let bytes = 0
  async function* counted(): AsyncIterable<readonly NamedBlob[]> {
    for await (const batch of view.namedBlobs()) {
      for (const { size } of batch) bytes += size
      yield batch
    }
  }
  const written = await writeLines(path, counted())
  return { count: written.lines, bytes, file: partOf(written) }
}

async function copyBlobs({ from, at, steps, signal }: ExportDeps, plan: Plan): Promise<Pick<Exported, 'copied' | 'lost'>> {
  const to = blobsIn(at)
  const step = steps.begin('files', plan.blobs.count)
  const lost: Exported['lost'][number][] = []
  let [copied, bytes] = [0, 0]
  await forEachBounded(readLines<NamedBlob>(at.blobList), BLOBS_AT_ONCE, async (blob) => {
    signal.throwIfAborted()
    const why = await copyBlob(from.blobs, to, { blob, signal })
    if (typeof why === 'string') lost.push({ sha256: blob.sha256, why })
    else if (why) [copied, bytes] = [copied + 1, bytes + blob.size]
    step.advance()
  })
  step.done(`${count(copied, 'file')} copied (${formatBytes(bytes)}), ${plan.blobs.count - copied - lost.length} already there`)
  return { copied, lost: lost.sort((one, other) => one.sha256.localeCompare(other.sha256)) }
}

/** Bytes of rows that were taken before and are not named any more: an export holds what its manifest says and nothing else. */
async function removeUnnamed(at: Paths, plan: Plan): Promise<void> {
  const store = blobsIn(at)
  const named = new Set<string>()
  for await (const batch of readLines<NamedBlob>(at.blobList)) for (const { sha256 } of batch) named.add(sha256)
  for await (const { orgId, sha256 } of store.list()) if (orgId !== plan.org.id || !named.has(sha256)) await store.delete(orgId, sha256)
  for (const name of await readdir(at.root)) if (name.endsWith('.part')) await rm(join(at.root, name), { force: true })
}
