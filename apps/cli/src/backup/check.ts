import { join } from 'node:path'
import { hashFile } from '@intellidocs/client/node'
import type { NamedBlob } from '@intellidocs/db'
import { count } from '../output.ts'
import { forEachBounded } from './each.ts'
import { blobsOf, MANIFEST } from './folder.ts'
import { readLines } from './lines.ts'
import { readManifest, type Manifest } from './manifest.ts'
import type { Steps } from './steps.ts'

export type Checked = { readonly manifest: Manifest; readonly faults: readonly string[] }

/** Reads every byte of one backup and names what is missing or damaged. Changes nothing. */
export async function checkBackup(at: { dir: string; snapshot: string; steps: Steps; signal: AbortSignal }): Promise<Checked> {
  const manifest = await readManifest(join(at.snapshot, MANIFEST))
  const faults: string[] = []
  const files = [...manifest.tables.map(({ file }) => file), manifest.blobs.file]
  for (const { name, sha256 } of files) {
    at.signal.throwIfAborted()
    const found = await hashIfThere(join(at.snapshot, name))
    if (found !== sha256) faults.push(`${name} is ${found === null ? 'missing' : 'damaged'}`)
  }
  // Without its list it is unknown which bytes there should be.
  if (faults.length === 0) faults.push(...await checkBlobs(manifest, at))
  return { manifest, faults }
}

async function hashIfThere(path: string): Promise<string | null> {
  try {
    return await hashFile(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

async function checkBlobs({ blobs }: Manifest, { dir, snapshot, steps, signal }: Parameters<typeof checkBackup>[0]): Promise<string[]> {
  const store = blobsOf(dir)
  const faults: string[] = []
  const step = steps.begin('backup checked', blobs.count)
  // What was lost before the backup was made is no fault of the backup: it says itself that it lacks these bytes.
  const lost = new Set(blobs.lost)
  await forEachBounded(readLines<NamedBlob>(join(snapshot, blobs.file.name)), 2, async ({ orgId, sha256 }) => {
    signal.throwIfAborted()
    if (!lost.has(`${orgId}/${sha256}`) && !await store.verify(orgId, sha256)) {
      faults.push(`blobs/org/${orgId}/${sha256} is ${await store.stat(orgId, sha256) === null ? 'missing' : 'damaged'}`)
    }
    step.advance()
  })
  step.done(`${count(blobs.count, 'file')}, ${count(faults.length, 'fault')}`)
  return faults
}
