import { chmod, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { lockFolder, type FolderLock } from '@intellidocs/db'
import { createBlobStore, syncFolder, type BlobStore } from '@intellidocs/storage'
import { hashFile } from '@intellidocs/client/node'
import { CommandError } from '../failure.ts'
import type { PartFile } from './manifest.ts'

/*
 * DIR/manifest.json                what this is, with a SHA-256 of every file; written last, so an export without it is not complete
 * DIR/plan.json                    only while bytes are still being copied
 * DIR/rows/<table>.ndjson.gz       rows
 * DIR/blobs.ndjson.gz              the bytes that rows name
 * DIR/blobs/org/<org>/<sha256>     these bytes
 */
export const paths = (dir: string) => {
  const root = resolve(dir)
  return {
    root, manifest: join(root, 'manifest.json'), plan: join(root, 'plan.json'), rows: join(root, 'rows'),
    table: (name: string) => join(root, 'rows', `${name}.ndjson.gz`),
    blobList: join(root, 'blobs.ndjson.gz'), blobs: join(root, 'blobs'),
  }
}
export type Paths = ReturnType<typeof paths>

export const blobsIn = (at: Paths): BlobStore => createBlobStore({ kind: 'file', dir: at.blobs })

const OURS = new Set(['plan.json', 'rows', 'blobs', 'blobs.ndjson.gz'])

/**
 * Opens a folder to export into, or makes it: empty, or left by an export that was interrupted. Nobody else on the machine may look into it.
 * @throws CommandError for a folder that holds anything else
 */
export async function openExportFolder(dir: string): Promise<{ at: Paths; lock: FolderLock }> {
  const at = paths(dir)
  await mkdir(at.root, { recursive: true, mode: 0o700 })
  const names = (await readdir(at.root)).filter((name) => !name.startsWith('intellidocs.lock.'))
  if (names.includes('manifest.json')) throw new CommandError(`${at.root} holds a complete export. Name another folder.`)
  const other = names.find((name) => !OURS.has(name) && !name.endsWith('.part'))
  if (other !== undefined) throw new CommandError(`${at.root} holds something else (${other}). Name an empty folder.`)
  await chmod(at.root, 0o700)
  return { at, lock: await lockFolder(at.root) }
}

/** Whole and on disk, or not there. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const part = `${path}.part`
  const handle = await open(part, 'w', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(part, path)
  await syncFolder(dirname(path))
}

/** Forgets rows that were written; bytes stay, they are found by what they are. */
export async function forgetRows(at: Paths): Promise<void> {
  await rm(at.plan, { force: true })
  await rm(at.rows, { recursive: true, force: true })
  await rm(at.blobList, { force: true })
  await mkdir(at.rows, { mode: 0o700 })
}

/** Why a file is not the one that the manifest names; null when it is. A link is not followed. */
export async function faultOf(path: string, { bytes, sha256 }: PartFile): Promise<string | null> {
  const facts = await lstat(path).catch(() => null) // said here
  if (facts === null) return 'is missing'
  if (!facts.isFile()) return 'is no file'
  return facts.size === bytes && await hashFile(path) === sha256 ? null : 'is damaged'
}
