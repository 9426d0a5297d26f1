import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { canPicture, ExtractionError, picturePages, type PagePicture } from '@intellidocs/extraction'
import { createTurns } from '@intellidocs/kernel'
import type { BlobStore } from '@intellidocs/storage'
import type { PagePictures, PictureRequest } from '../documents/index.ts'

/** Processes at a time, requests that wait for one, and how many of these are of one organization, so that whoever leafs through a link keeps no place from others. */
const [AT_ONCE, MOST_WAITING, MOST_OF_ONE] = [2, 30, 10]
/** Of files that are larger than this no pictures are made: their reader would wait for the copy alone. */
const LARGEST_FILE = 128 * 1024 ** 2
/** Of pictures that are kept in memory, so that going back and forth makes none anew. */
const KEPT_BYTES = 48 * 1024 ** 2
/** Made together, since whoever looks at a page asks for the next one. */
const TOGETHER = 2
/** By page; pages that none could be made of are absent. */
type Made = ReadonlyMap<number, PagePicture>
const nothing: Made = new Map()

type Options = { readonly blobs: BlobStore; /** For the files that are looked at, as long as that takes. */ readonly folder: string; readonly picture?: typeof picturePages }

/** Makes pictures of pages in processes behind the walls of every reader, a few at a time; keeps the last ones. */
export function createPagePictures(options: Options): PagePictures {
  const turn = createTurns({ atOnce: AT_ONCE, mostWaiting: MOST_WAITING, mostOfOne: MOST_OF_ONE, what: 'pictures of pages' })
  const kept = createKept(KEPT_BYTES)
  return {
    canShow: (mime) => mime !== null && canPicture(mime),
    async make(request) {
      const pages = pagesWith(request)
      const key = JSON.stringify([request.orgId, request.sha256, pages, request.look])
      const made = await kept.get(key, () => turn(request.orgId, () => makeFrom(options, request, pages)))
      const picture = made.get(request.page)
      return picture === undefined ? null : { ...picture, contentType: `image/${request.look.format}` }
    },
    clear: (before) => clearLeft(options.folder, before),
  }
}

/** Whoever leafs through a link asks for the next page; places are those of one page. */
function pagesWith({ page, look }: PictureRequest): number[] {
  if (look.width !== null) return [page]
  const first = page - ((page - 1) % TOGETHER)
  return Array.from({ length: TOGETHER }, (_, n) => first + n)
}

async function clearLeft(folder: string, before: Date): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const facts = await stat(path).catch(() => null) // gone in between: its picture is made
    if (facts !== null && facts.mtime < before) await rm(path, { recursive: true, force: true })
  }
}

async function makeFrom({ blobs, folder, picture = picturePages }: Options, { orgId, sha256, size, mime, look, password }: PictureRequest, pages: number[]): Promise<Made> {
  if (size > LARGEST_FILE) return nothing
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const workDir = await mkdtemp(join(folder, 'picture-'))
  try {
    const path = join(workDir, 'file')
    await pipeline(await blobs.open(orgId, sha256), createWriteStream(path, { mode: 0o600 }))
    return await picture({ path, mime, pages, look, workDir, signal: AbortSignal.timeout(60_000), ...(password === undefined ? {} : { password }) })
  } catch (error) {
    // The file's own fault, as where it is damaged or too much; what is ours is told as such.
    if (error instanceof ExtractionError && error.reason !== 'internal' && error.reason !== 'cancelled') return nothing
    throw error
  } finally {
    await rm(workDir, { recursive: true, force: true })
  }
}

const weigh = (made: Made): number => [...made.values()].reduce((sum, { bytes }) => sum + bytes.length, 1_024)

/** The last ones that were made, up to so many bytes; who asks for what is being made waits for that. */
export function createKept(mostBytes: number) {
  const kept = new Map<string, Made>()
  const making = new Map<string, Promise<Made>>()
  let bytes = 0
  function keep(key: string, made: Made): void {
    kept.set(key, made)
    bytes += weigh(made)
    for (const [oldest, old] of kept) {
      if (bytes <= mostBytes) break
      kept.delete(oldest)
      bytes -= weigh(old)
    }
  }
  return {
    async get(key: string, make: () => Promise<Made>): Promise<Made> {
      const found = kept.get(key)
      if (found !== undefined) {
        // To the end of the line, as it was wanted last.
        kept.delete(key)
        kept.set(key, found)
        return found
      }
      const going = making.get(key) ?? make().then((made) => { keep(key, made); return made }).finally(() => making.delete(key))
      making.set(key, going)
      return going
    },
  }
}
