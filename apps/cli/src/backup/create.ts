import { join } from 'node:path'
import { holdBlobs, takeSnapshot, type DatabaseSnapshot, type NamedBlob } from '@intellidocs/db'
import { StorageError, type BlobStore } from '@intellidocs/storage'
import { count, formatBytes } from '../output.ts'
import { forEachBounded } from './each.ts'
import { writeSnapshot, type BackupFolder } from './folder.ts'
import type { Installation } from './installation.ts'
import { readLines, writeLines } from './lines.ts'
import type { Manifest } from './manifest.ts'
import type { Steps } from './steps.ts'

const BLOBS_AT_ONCE = 4
const BLOBS = 'blobs.jsonl.gz'

export type Created = {
  readonly snapshot: string
  readonly rows: number
  readonly blobs: { readonly named: number; readonly copied: number; readonly copiedBytes: number }
  /** Named by a row, missing or damaged in the installation. */
  readonly lost: readonly { readonly orgId: string; readonly sha256: string; readonly why: string }[]
}

export type CreateDeps = {
  readonly from: Installation
  readonly to: BackupFolder
  readonly product: string
  readonly steps: Steps
  readonly signal: AbortSignal
}

/**
 * Writes one backup. The order is what makes it whole while the product goes on: first a hold, so that no bytes are removed; then one view of
 * all rows; then the bytes that this view names. Bytes that the folder already has are not read again.
 */
export async function createBackup(deps: CreateDeps): Promise<Created> {
  const hold = await holdBlobs(deps.from.databaseUrl)
  try {
    const { name, result } = await writeSnapshot(deps.to.dir, async (part) => {
      const { blobs: list, ...rest } = await copyRows(deps, part)
      const { blobs, lost } = await copyBlobs(deps, join(part, BLOBS), list)
      hold.assertHeld()
      const manifest: Manifest = { ...rest, blobs: { ...list, lost: lost.map(({ orgId, sha256 }) => `${orgId}/${sha256}`) } }
      return { manifest, result: { rows: rest.tables.reduce((sum, table) => sum + table.rows, 0), blobs, lost } }
    })
    return { snapshot: name, ...result }
  } finally {
    deps.steps.stop()
    await hold.release()
  }
}

type BlobList = Omit<Manifest['blobs'], 'lost'>
type Rows = Omit<Manifest, 'blobs'> & { blobs: BlobList }

async function copyRows({ from, product, steps, signal }: CreateDeps, part: string): Promise<Rows> {
  const database = await takeSnapshot(from.databaseUrl)
  try {
    const { facts, sequences } = database
    const tables: Manifest['tables'] = []
    const step = steps.begin('rows', database.tables.length)
    for (const table of database.tables) {
      const written = await writeLines(join(part, `${table.name}.jsonl.gz`), abortable(database.rows(table), signal))
      tables.push({ name: table.name, columns: [...table.columns], rows: written.lines, file: written.file })
      step.advance()
    }
    const rows = tables.reduce((sum, table) => sum + table.rows, 0)
    step.done(`${count(rows, 'row')} of ${count(tables.length, 'table')} as of ${facts.takenAt}`)
    return {
      format: 1, product, secretKeyIds: [...from.secretKeyIds], facts: { ...facts, migrations: [...facts.migrations] }, tables,
      sequences: [...sequences], blobs: await listBlobs(database, join(part, BLOBS)),
    }
  } finally {
    await database.close()
  }
}

async function listBlobs(database: DatabaseSnapshot, path: string): Promise<BlobList> {
  let bytes = 0
  async function* counted(): AsyncIterable<readonly NamedBlob[]> {
    for await (const batch of database.namedBlobs()) {
      for (const { size } of batch) bytes += size
      yield batch
    }
  }
  const { file, lines } = await writeLines(path, counted())
  return { count: lines, bytes, file }
}

async function copyBlobs({ from, to, steps, signal }: CreateDeps, list: string, named: BlobList): Promise<Pick<Created, 'blobs' | 'lost'>> {
  const step = steps.begin('files', named.count)
  const lost: Created['lost'][number][] = []
  let [copied, copiedBytes] = [0, 0]
  await forEachBounded(readLines<NamedBlob>(list), BLOBS_AT_ONCE, async (blob) => {
    signal.throwIfAborted()
    const why = await copyBlob(from.blobs, to.blobs, { blob, signal })
    if (typeof why === 'string') lost.push({ orgId: blob.orgId, sha256: blob.sha256, why })
    else if (why) [copied, copiedBytes] = [copied + 1, copiedBytes + blob.size]
    step.advance()
  })
  step.done(`${count(copied, 'file')} copied (${formatBytes(copiedBytes)}), ${named.count - copied - lost.length} already there`)
  return { blobs: { named: named.count, copied, copiedBytes }, lost }
}

/** True when it was copied, false when it was there, or why it cannot be copied ever. */
export async function copyBlob(from: BlobStore, to: BlobStore, of: { blob: NamedBlob; signal: AbortSignal }): Promise<boolean | string> {
  const { blob: { orgId, sha256, size }, signal } = of
  if ((await to.stat(orgId, sha256))?.size === size) return false
  try {
    const source = await from.open(orgId, sha256)
    try {
      await to.put(orgId, source, { maxBytes: Math.max(1, size), expectedSha256: sha256, signal })
    } finally {
      source.destroy()
    }
    return true
  } catch (error) {
    if (error instanceof StorageError && error.kind !== 'full') return error.message
    throw error
  }
}

async function* abortable<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
  for await (const item of items) {
    signal.throwIfAborted()
    yield item
  }
}
