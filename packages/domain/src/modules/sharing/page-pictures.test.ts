import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { ExtractionError, type PagePicture, type picturePages } from '@intellidocs/extraction'
import { createFileBlobStore } from '@intellidocs/storage'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createKept, createPagePictures } from './page-pictures.ts'

let folder: string
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'intellidocs-pictures-')) })
afterAll(() => rm(folder, { recursive: true, force: true }))

const orgId = '0193f0c2-0000-7000-8000-0000000000aa' as never
type Asked = Parameters<typeof picturePages>[0]
async function house(answer: (asked: Asked) => Promise<Map<number, PagePicture>>) {
  const blobs = createFileBlobStore(join(folder, 'blobs'))
  const { sha256, size } = await blobs.put(orgId, Readable.from([Buffer.from('a file')]), { maxBytes: 100 })
  const asked: Asked[] = []
  const place = await mkdtemp(join(folder, 'work-'))
  const pictures = createPagePictures({ blobs, folder: place, picture: (input) => { asked.push(input); return answer(input) } })
  return { asked, place, pictures, make: (page: number, mark: string | null = null, more = {}) => pictures.make({ orgId, sha256, size, mime: 'application/pdf', page, look: { format: 'webp', width: null, mark, boxes: [] }, ...more }) }
}
const both = ({ pages }: Pick<Asked, 'pages'>) => Promise.resolve(new Map(pages.filter((page) => page < 4).map((page) => [page, { bytes: Buffer.from(`page ${page}`), width: 10, height: 20 }])))

test('two pages are made at a time and once, for ten that ask at once as well, and for each mark its own; nothing is left on the disk', async () => {
  const { asked, place, make } = await house(both)
  const made = await Promise.all([...Array.from({ length: 10 }, () => make(1)), make(2)])
  expect(made.map((one) => one?.bytes.toString())).toEqual([...Array.from({ length: 10 }, () => 'page 1'), 'page 2'])
  expect(await make(4), 'a page that the file does not have').toBeNull()
  await make(1, 'ada@example.org')
  expect(asked.map(({ pages, look }) => [pages, look.mark])).toEqual([[[1, 2], null], [[3, 4], null], [[1, 2], 'ada@example.org']])
  expect(await readdir(place)).toEqual([])
})

test('what a killed process left of files is removed, and what is at work is not', async () => {
  const { place, pictures } = await house(both)
  await writeFile(join(place, 'left'), 'bytes of somebody')
  await pictures.clear(new Date(Date.now() - 60_000))
  expect(await readdir(place)).toEqual(['left'])
  await pictures.clear(new Date(Date.now() + 60_000))
  expect(await readdir(place)).toEqual([])
})

test('a file that no picture can be made of is tried once; what is our own fault is told, and tried again', async () => {
  const bad = await house(() => Promise.reject(new ExtractionError('corrupt', 'no')))
  expect([await bad.make(1), await bad.make(1), bad.asked.length, await readdir(bad.place)]).toEqual([null, null, 1, []])
  const ours = await house(() => Promise.reject(new ExtractionError('internal', 'no')))
  for (let n = 0; n < 2; n += 1) await expect(ours.make(1)).rejects.toThrow('no')
  expect(ours.asked).toHaveLength(2)
  const large = await house(both)
  expect([await large.make(1, null, { size: 1e12 }), large.asked]).toEqual([null, []])
})

test('what was wanted last is kept, up to a number of bytes', async () => {
  const kept = createKept(25_000)
  const makes: string[] = []
  const get = (key: string) => kept.get(key, () => { makes.push(key); return Promise.resolve(new Map([[1, { bytes: Buffer.alloc(10_000), width: 1, height: 1 }]])) })
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await get(key)
  expect(makes).toEqual(['a', 'b', 'c', 'b'])
})
