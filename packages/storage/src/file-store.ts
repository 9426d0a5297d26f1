import { createHash, randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { access, link, mkdir, open, opendir, rename, rm, stat, utimes, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { assertOrgId, assertRange, blobKey, errorCode, isOrgId, isSha256, StorageError } from './blob-store.ts'
import type { BlobStore, ByteRange, PutOptions, StoredBlob } from './blob-store.ts'
import { asStorageError, spool, sweepFiles, type OpenTemp, type Spooled } from './spool.ts'
import { syncFolder } from './sync-folder.ts'
import { createVerifiedCache, type VerifiedCache } from './verified-cache.ts'

const READ_CHUNK = 1024 * 1024

/** `openTemp` is how temporary files are created; tests hand in a disk that is full. */
export type FileStoreOptions = { readonly openTemp?: OpenTemp }

/**
 * Blobs on a local disk below `dir`: `org/<orgId>/<sha256>`, and `tmp/` beside it, on the same volume so that a rename is atomic.
 * A blob is fsynced before it gets its name, and its folder after, so a name always stands for whole bytes, also after a power cut.
 */
export function createFileBlobStore(dir: string, options: FileStoreOptions = {}): BlobStore {
  const tempDir = join(dir, 'tmp')
  const verified = createVerifiedCache()
  const pathOf = (orgId: string, sha256: string) => join(dir, blobKey(orgId, sha256))

  return {
    async put(orgId, source, putOptions: PutOptions) {
      assertOrgId(orgId)
      const temp = await spool(tempDir, source, { ...putOptions, ...options })
      try {
        await keep(temp, pathOf(orgId, temp.sha256), verified)
      } catch (error) {
        throw asStorageError(error)
      } finally {
        await temp.discard()
      }
      return { sha256: temp.sha256, size: temp.size }
    },
    async open(orgId, sha256, range) {
      const path = pathOf(orgId, sha256)
      const handle = await open(path, 'r').catch((error: unknown) => { throw missingOr(error) })
      try {
        return await openVerified({ handle, path, sha256, range, verified })
      } catch (error) {
        await handle.close()
        throw error
      }
    },
    async stat(orgId, sha256) {
      const facts = await statOrNull(pathOf(orgId, sha256))
      return facts && { size: Number(facts.size) }
    },
    verify: (orgId, sha256) => isSound(pathOf(orgId, sha256), sha256),
    delete: (orgId, sha256, deleteOptions) => remove(pathOf(orgId, sha256), tempDir, deleteOptions?.unusedSince),
    list: (orgId) => listBlobs(join(dir, 'org'), orgId),
    sweep: (olderThan) => sweepFiles(tempDir, olderThan),
    async ping() {
      await mkdir(tempDir, { recursive: true, mode: 0o700 })
      await access(tempDir, constants.R_OK | constants.W_OK)
    },
  }
}

/** Gives the received bytes their name, unless sound bytes already bear it. */
async function keep(temp: Spooled, path: string, verified: VerifiedCache): Promise<void> {
  const folder = dirname(path)
  await makeFolder(folder)
  if (await isSoundCached(path, temp.sha256, verified) && await touch(path)) {
    // The upload that brought these bytes may not have fsynced the folder yet, and this answer is a promise too.
    await syncFolder(folder)
    return
  }
  await rename(temp.path, path)
  await syncFolder(folder)
}

/** Marks the blob as used now, so that a removal decided earlier spares it. False when it has gone in the meantime. */
async function touch(path: string): Promise<boolean> {
  const now = new Date()
  try {
    await utimes(path, now, now)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}

type Opened = { handle: FileHandle; path: string; sha256: string; range: ByteRange | undefined; verified: VerifiedCache }

async function openVerified(of: Opened): Promise<Readable> {
  const facts = await of.handle.stat({ bigint: true })
  if (of.range) assertRange(of.range, Number(facts.size))
  if (!of.verified.has(of.path, facts)) {
    if (await hashOf(of.handle) !== of.sha256) throw new StorageError('integrity', 'the stored bytes do not match their checksum')
    of.verified.add(of.path, facts)
  }
  return of.handle.createReadStream({ start: 0, ...of.range, highWaterMark: 256 * 1024 })
}

async function isSoundCached(path: string, sha256: string, verified: VerifiedCache): Promise<boolean> {
  const facts = await statOrNull(path)
  if (!facts) return false
  return verified.has(path, facts) || await isSound(path, sha256)
}

async function isSound(path: string, sha256: string): Promise<boolean> {
  let handle: FileHandle
  try {
    handle = await open(path, 'r')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
  try {
    return await hashOf(handle) === sha256
  } finally {
    await handle.close()
  }
}

async function hashOf(handle: FileHandle): Promise<string> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(READ_CHUNK)
  for (let at = 0; ;) {
    const { bytesRead } = await handle.read(buffer, 0, READ_CHUNK, at)
    if (bytesRead === 0) return hash.digest('hex')
    hash.update(buffer.subarray(0, bytesRead))
    at += bytesRead
  }
}

/**
 * Moves the blob aside before looking at its age for good: an upload of the same bytes either touched it before that, and it is put back,
 * or finds it gone and stores its own. The first look keeps all but the rarest races from moving a blob that is wanted.
 */
async function remove(path: string, tempDir: string, unusedSince: Date | undefined): Promise<boolean> {
  const facts = await statOrNull(path)
  if (!facts || (unusedSince && facts.mtime > unusedSince)) return false
  const aside = join(tempDir, randomUUID())
  await mkdir(tempDir, { recursive: true, mode: 0o700 })
  try {
    await rename(path, aside)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
  const { mtime } = await stat(aside)
  const spared = unusedSince !== undefined && mtime > unusedSince
  if (spared) {
    await link(aside, path).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error // EEXIST: an upload has just stored the same bytes
    })
  }
  await rm(aside, { force: true })
  await syncFolder(dirname(path))
  return !spared
}

async function* listBlobs(root: string, orgId: string | undefined): AsyncIterable<StoredBlob> {
  if (orgId !== undefined) assertOrgId(orgId)
  for (const org of orgId === undefined ? await namesIn(root) : [orgId]) {
    if (!isOrgId(org)) continue
    for (const sha256 of await namesIn(join(root, org))) {
      const facts = isSha256(sha256) ? await statOrNull(join(root, org, sha256)) : null
      if (facts) yield { orgId: org, sha256, size: Number(facts.size), modifiedAt: facts.mtime }
    }
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = []
  try {
    for await (const entry of await opendir(folder)) names.push(entry.name)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
  return names.sort()
}

async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  // A new folder is only there after a power cut when the one above it was fsynced too.
  for (let at = dirname(folder); at.length >= dirname(first).length; at = dirname(at)) {
    await syncFolder(at)
    if (at === dirname(at)) return
  }
}

async function statOrNull(path: string) {
  try {
    return await stat(path, { bigint: true })
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
}

const missingOr = (error: unknown): unknown =>
  errorCode(error) === 'ENOENT' ? new StorageError('missing', 'there is no such blob', { cause: error }) : error
