import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { lockFolder, type FolderLock } from '@intellidocs/db'
import { createBlobStore, syncFolder, type BlobStore } from '@intellidocs/storage'
import { CommandError } from '../failure.ts'
import { formatManifest, type Manifest } from './manifest.ts'
import { isBackupFolder, markBackupFolder } from './marker.ts'

/*
 * DIR/intellidocs-backup.json       what this folder is
 * DIR/blobs/org/<org>/<sha256>      bytes, shared by all backups of the folder
 * DIR/snapshots/<time>/             one backup: manifest.json, <table>.jsonl.gz, blobs.jsonl.gz
 */
const SNAPSHOT = /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}-\d{3}Z$/
export const MANIFEST = 'manifest.json'

export type BackupFolder = { readonly dir: string; readonly blobs: BlobStore; readonly lock: FolderLock }

export const blobsOf = (dir: string): BlobStore => createBlobStore({ kind: 'file', dir: join(resolve(dir), 'blobs') })

/**
 * Opens a folder to back up into, or makes it. One backup at a time.
 * @throws CommandError for a folder that holds anything else
 */
export async function openBackupFolder(path: string): Promise<BackupFolder> {
  const dir = resolve(path)
  await mkdir(dir, { recursive: true, mode: 0o700 })
  if (!await isBackupFolder(dir)) {
    const [other] = (await readdir(dir)).filter((name) => !name.startsWith('intellidocs.lock.'))
    if (other !== undefined) throw new CommandError(`${dir} holds something else (${other}). Name an empty folder, or one that holds backups.`)
  }
  const lock = await lockFolder(dir)
  await markBackupFolder(dir)
  // What a backup that was killed left: it has no manifest, and nobody else is at work.
  for (const name of await names(dir)) if (name.endsWith('.part')) await rm(join(dir, 'snapshots', name), { recursive: true })
  return { dir, blobs: blobsOf(dir), lock }
}

/** Names of the complete backups, oldest first. */
export async function listSnapshots(dir: string): Promise<string[]> {
  return (await names(dir)).filter((name) => SNAPSHOT.test(name)).sort()
}

const names = (dir: string): Promise<string[]> => readdir(join(dir, 'snapshots')).catch(() => []) // none was made yet

/** The folder of one backup: the named one, or the newest. */
export async function snapshotFolder(dir: string, name: string | undefined): Promise<string> {
  const there = await listSnapshots(dir)
  const wanted = name ?? there.at(-1)
  if (wanted === undefined) throw new CommandError(`${dir} holds no complete backup.`)
  if (!there.includes(wanted)) throw new CommandError(`There is no backup ${wanted}. There are: ${there.join(', ')}.`)
  return join(resolve(dir), 'snapshots', wanted)
}

/**
 * A new backup is written beside its final place and gets its name, the time of its rows, when `work` is through: whole, on disk, or not there.
 */
export async function writeSnapshot<T>(
  dir: string, work: (part: string) => Promise<{ manifest: Manifest; result: T }>,
): Promise<{ name: string; result: T }> {
  const part = join(dir, 'snapshots', `${process.pid}.part`)
  await mkdir(part, { recursive: true, mode: 0o700 })
  try {
    const { manifest, result } = await work(part)
    const name = manifest.facts.takenAt.replaceAll(/[:.]/g, '-')
    await writeFile(join(part, MANIFEST), formatManifest(manifest), { mode: 0o600, flush: true })
    await syncFolder(part)
    await rename(part, join(dir, 'snapshots', name))
    await syncFolder(dirname(part))
    await syncFolder(dir)
    return { name, result }
  } finally {
    await rm(part, { recursive: true, force: true })
  }
}
