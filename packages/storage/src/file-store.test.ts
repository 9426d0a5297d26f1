import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, open, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeBlobStore, hashOf, newOrg, streamOf, type StoreUnderTest } from './contract.testkit.ts'
import { createFileBlobStore } from './file-store.ts'

let dir: string
let underTest: StoreUnderTest
const tempNames = () => readdir(join(dir, 'tmp')).catch(() => [])

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'intellidocs-blobs-'))
  underTest = {
    store: createFileBlobStore(dir),
    async damage(orgId, sha256) {
      const path = join(dir, 'org', orgId, sha256)
      const bytes = await readFile(path)
      bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1)
      await writeFile(path, bytes)
    },
    leftovers: async () => (await tempNames()).length,
  }
})
afterAll(() => rm(dir, { recursive: true, force: true }))

describeBlobStore('file store', () => underTest)

describe('file store', () => {
  test('a full disk is the error `full`, and the temporary file is gone', async () => {
    const org = newOrg()
    // /dev/full is the kernel's own full disk: every write fails with ENOSPC.
    const full = createFileBlobStore(dir, { openTemp: async (path) => { await symlink('/dev/full', path); return open(path, 'w') } })
    await expect(full.put(org, streamOf(randomBytes(1000)), { maxBytes: 2000 })).rejects.toMatchObject({ kind: 'full' })
    expect(await tempNames()).toEqual([])
    expect(await full.stat(org, hashOf(Buffer.from('')))).toBeNull()
  })

  test('bytes already there are not rewritten: the file stays the same one', async () => {
    const [org, bytes] = [newOrg(), randomBytes(1000)]
    const { sha256 } = await underTest.store.put(org, streamOf(bytes), { maxBytes: 1000 })
    const path = join(dir, 'org', org, sha256)
    const before = await stat(path)
    await underTest.store.put(org, streamOf(bytes), { maxBytes: 1000 })
    expect((await stat(path)).ino).toBe(before.ino)
  })

  test('sweeping removes what an interrupted upload left, once it is old enough', async () => {
    const [stale, fresh] = [join(dir, 'tmp', 'stale'), join(dir, 'tmp', 'fresh')]
    await writeFile(stale, 'half')
    await writeFile(fresh, 'half')
    await utimes(stale, new Date(0), new Date(0))
    expect(await underTest.store.sweep(new Date(Date.now() - 3_600_000))).toBe(1)
    expect(await tempNames()).toEqual(['fresh'])
    await rm(fresh)
  })

  test('files that are no blobs are not listed', async () => {
    const org = newOrg()
    const { sha256 } = await underTest.store.put(org, streamOf(Buffer.from('x')), { maxBytes: 10 })
    await writeFile(join(dir, 'org', org, 'notes.txt'), 'not ours')
    const names: string[] = []
    for await (const blob of underTest.store.list(org)) names.push(blob.sha256)
    expect(names).toEqual([sha256])
  })

  test('1 GB goes through with less than 64 MB more memory', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', ONE_GIGABYTE, join(dir, 'large')], { stdio: ['ignore', 'pipe', 'inherit'] })
    const { size, grownMb } = JSON.parse(await text(child.stdout)) as { size: number; grownMb: number }
    expect(size).toBe(1024 ** 3)
    expect(grownMb).toBeLessThan(64)
  }, 120_000)
})

/** Stores a generated stream in a process of its own, whose memory nothing else grows, and prints the highest growth seen. */
const ONE_GIGABYTE = `
import { Readable } from 'node:stream'
import { createFileBlobStore } from '${new URL('index.ts', import.meta.url).href}'
function* generate(mb) {
  const block = Buffer.alloc(65536, 7)
  for (let i = 0; i < mb * 16; i++) { block.writeUInt32LE(i); yield Buffer.from(block) }
}
const store = createFileBlobStore(process.argv[1])
const org = '0193a0f0-0000-7000-8000-000000000000'
const put = (mb) => store.put(org, Readable.from(generate(mb), { objectMode: false }), { maxBytes: 2 ** 31 })
await put(64)
const before = process.memoryUsage.rss()
let highest = before
const watch = setInterval(() => { highest = Math.max(highest, process.memoryUsage.rss()) }, 20)
const { size } = await put(1024)
clearInterval(watch)
console.log(JSON.stringify({ size, grownMb: Math.round((highest - before) / 2 ** 20) }))
`
