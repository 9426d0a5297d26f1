import { join } from 'node:path'
import { loadDatabase, type NamedBlob, type Row } from '@intellidocs/db'
import { createLog } from '@intellidocs/kernel'
import type { BlobStore } from '@intellidocs/storage'
import { CommandError } from '../failure.ts'
import { count, formatBytes } from '../output.ts'
import { copyBlob } from './create.ts'
import { forEachBounded } from './each.ts'
import { blobsOf } from './folder.ts'
import type { Installation } from './installation.ts'
import { readLines } from './lines.ts'
import type { Manifest } from './manifest.ts'
import type { Steps } from './steps.ts'

const BLOBS_AT_ONCE = 4

export type RestoreDeps = {
  readonly dir: string
  /** The folder of the backup, checked. */
  readonly snapshot: string
  readonly manifest: Manifest
  readonly into: Installation
  readonly dropSealed: boolean
  readonly revokeApiKeys: boolean
  readonly steps: Steps
  readonly signal: AbortSignal
}

export type Restored = { readonly rows: number; readonly blobs: number }

/**
 * Rows and bytes into an empty place. The rows are loaded first, in a transaction that keeps every table locked, and are committed when all bytes
 * are there: so nothing can be started on half of it, and no sweep takes bytes whose rows are still to come. Whatever ends it on the way
 * leaves the database empty; the bytes that are there already are not sent again the next time.
 */
export async function restoreBackup(deps: RestoreDeps): Promise<Restored> {
  const { manifest, into, snapshot, steps, dropSealed, revokeApiKeys } = deps
  assertKey(deps)
  await assertOwnBlobs(deps)
  const step = steps.begin('rows', manifest.tables.length)
  const files = new Map(manifest.tables.map(({ name, file }) => [name, join(snapshot, file.name)]))
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0)
  let blobs = 0
  try {
    await loadDatabase({
      url: into.databaseUrl, dropSealed, revokeApiKeys,
      backup: {
        of: 'installation', facts: manifest.facts, tables: manifest.tables, sequences: manifest.sequences,
        async *rows({ name }) {
          for await (const batch of readLines<Row>(files.get(name) ?? '')) {
            deps.signal.throwIfAborted()
            yield batch
          }
          step.advance()
        },
      },
      async beforeCommit(gone) {
        step.done(`${count(rows, 'row')} of ${count(manifest.tables.length, 'table')}`)
        blobs = await putBlobs(deps, AbortSignal.any([deps.signal, gone]))
      },
      log: createLog({ level: 'warn', name: 'cli' }),
    })
  } finally {
    steps.stop()
  }
  return { rows, blobs }
}

/** What is sealed would stay shut for ever, and documents would fail without anybody knowing why. */
function assertKey({ manifest, into, dropSealed }: RestoreDeps): void {
  const opens = manifest.secretKeyIds.every((id) => into.secretKeyIds.includes(id))
  if (opens || dropSealed || manifest.facts.sealed === 0) return
  const what = `${count(manifest.facts.sealed, 'password')} of locked files`
  throw new CommandError(`The backup was made under another SECRET_KEY, which alone opens ${what}. `
    + 'Set that key (or add it to SECRET_KEY_OLD; embedded: put secret.key into the data folder first), or give --drop-sealed to forget them: '
    + 'these files then ask for their password again when they are read again.')
}

/** Bytes that are there already may be those of an earlier try of this restore, and nothing else. */
async function assertOwnBlobs({ into, manifest, snapshot }: RestoreDeps): Promise<void> {
  const known = new Set<string>()
  for await (const batch of readLines<NamedBlob>(join(snapshot, manifest.blobs.file.name))) {
    for (const { orgId, sha256 } of batch) known.add(`${orgId}/${sha256}`)
  }
  for await (const { orgId, sha256 } of into.blobs.list()) {
    if (known.has(`${orgId}/${sha256}`)) continue
    throw new CommandError(`The store of files is not empty (org/${orgId}/${sha256}): a restore never mixes. Use an empty one.`)
  }
}

async function putBlobs({ dir, snapshot, manifest, into, steps }: RestoreDeps, signal: AbortSignal): Promise<number> {
  const from = blobsOf(dir)
  const lost = new Set(manifest.blobs.lost)
  const step = steps.begin('files', manifest.blobs.count)
  let put = 0
  await forEachBounded(readLines<NamedBlob>(join(snapshot, manifest.blobs.file.name)), BLOBS_AT_ONCE, async (blob) => {
    signal.throwIfAborted()
    if (lost.has(`${blob.orgId}/${blob.sha256}`)) return
    await putBlob(from, into.blobs, { blob, signal })
    put += 1
    step.advance()
  })
  step.done(`${count(put, 'file')} (${formatBytes(manifest.blobs.bytes)})`)
  return put
}

async function putBlob(from: BlobStore, to: BlobStore, of: { blob: NamedBlob; signal: AbortSignal }): Promise<void> {
  const failed = await copyBlob(from, to, of)
  if (typeof failed === 'string') throw new CommandError(`blobs/org/${of.blob.orgId}/${of.blob.sha256}: ${failed}`)
}
