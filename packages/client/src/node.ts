import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, openAsBlob } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { UploadAnswer } from '@intellidocs/contracts'
import type { IntelliDocsClient } from './client.ts'
import type { DownloadOptions } from './download.ts'
import { IntelliDocsError } from './errors.ts'
import type { ResumeStore, UploadOptions } from './upload.ts'

export type FileUploadOptions = Omit<UploadOptions, 'name'> & { readonly name?: string }

/** Sends a file of this machine without reading it into memory. `name` defaults to the file's own. */
export async function uploadFile(client: IntelliDocsClient, path: string, options: FileUploadOptions = {}): Promise<UploadAnswer> {
  return client.upload(await openAsBlob(path), { ...options, name: options.name ?? basename(path) })
}

/** SHA-256 of a file, lower-case hexadecimal. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash)
  return hash.digest('hex')
}

export type FileDownloadOptions = DownloadOptions & { readonly path: string; /** Null: nobody knows it before, as of a form that is made for this download. */ readonly sha256: string | null }

/**
 * Writes a document to `path`, which gets its name only once every byte has arrived and matches `sha256`: an interrupted download never
 * leaves half a file under the name. Answers the size.
 */
export async function downloadFile(client: IntelliDocsClient, documentId: string, options: FileDownloadOptions): Promise<number> {
  const part = `${options.path}.part`
  const hash = createHash('sha256')
  let size = 0
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      size += chunk.length
      done(null, chunk)
    },
  })
  try {
    const { stream } = await client.download(documentId, options)
    await pipeline(stream, count, createWriteStream(part))
    if (options.sha256 !== null && hash.digest('hex') !== options.sha256) {
      const sentence = 'The bytes that arrived are not those of the document.'
      throw new IntelliDocsError(sentence, { code: 'INTERNAL_SERVER_ERROR', appCode: 'blob.integrity' })
    }
    await rename(part, options.path)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
  return size
}

type Entries = Record<string, { url: string; at: number }>

/** Uploads older than this are forgotten; the server forgets them too. */
const KEPT_MS = 7 * 24 * 3_600_000

/**
 * Remembers uploads under way in one small file, readable by its owner alone. Several processes may lose an entry to each other: that upload
 * is then sent afresh, and its idempotency key still makes it one document.
 */
export function createFileResumeStore(path: string, now: () => number = Date.now): ResumeStore {
  let last = Promise.resolve()

  async function read(): Promise<Entries> {
    try {
      const entries = JSON.parse(await readFile(path, 'utf8')) as Entries
      return Object.fromEntries(Object.entries(entries).filter(([, { at }]) => now() - at < KEPT_MS))
    } catch (error) {
      // Absent, or cut short when the machine went down: uploads then start afresh.
      if (error instanceof SyntaxError || await isAbsent(path)) return {}
      throw error
    }
  }

  function change(work: (entries: Entries) => void): Promise<void> {
    const mine = last.then(async () => {
      const entries = await read()
      work(entries)
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      await writeFile(`${path}.${process.pid}`, JSON.stringify(entries), { mode: 0o600 })
      await rename(`${path}.${process.pid}`, path)
    })
    last = mine.catch(() => undefined) // reported to its own caller; the next change does not depend on it
    return mine
  }

  return {
    get: async (key) => (await read())[key]?.url ?? null,
    set: (key, url) => change((entries) => { entries[key] = { url, at: now() } }),
    delete: (key) => change((entries) => { delete entries[key] }),
  }
}

const isAbsent = (path: string): Promise<boolean> => stat(path).then(() => false, () => true)
