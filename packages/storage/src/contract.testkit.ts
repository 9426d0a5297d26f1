import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { BlobStore } from './blob-store.ts'

/** What every store is tested with. `damage` flips one byte of a stored blob behind the store's back. */
export type StoreUnderTest = {
  readonly store: BlobStore
  damage(orgId: string, sha256: string): Promise<void>
  /** How many temporary files or unfinished uploads there are. */
  leftovers(): Promise<number>
}

const MB = 1024 * 1024
export const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
export const newOrg = (): string => randomUUID()

/** The bytes in uneven pieces, as a network brings them. */
export function streamOf(bytes: Uint8Array): Readable {
  const pieces: Uint8Array[] = []
  for (let at = 0, step = 1; at < bytes.length; at += step, step = Math.min(step * 3, 100_000)) pieces.push(bytes.subarray(at, at + step))
  return Readable.from(pieces, { objectMode: false })
}

export async function bytesOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/** Gives `good` and then fails, like a sender whose line breaks. */
export function brokenAfter(good: Uint8Array): Readable {
  return Readable.from((async function* () {
    yield good
    throw new Error('the line broke')
  })(), { objectMode: false })
}

async function namesOf(store: BlobStore, orgId: string): Promise<string[]> {
  const names: string[] = []
  for await (const blob of store.list(orgId)) names.push(blob.sha256)
  return names.sort()
}

/** The contract of `BlobStore`, the same for each store. `setUp` is called once, before the tests. */
export function describeBlobStore(name: string, underTest: () => StoreUnderTest): void {
  describe(`${name}: storing`, () => { testStoring(underTest) })
  describe(`${name}: refusing`, () => { testRefusals(underTest) })
  describe(`${name}: reading`, () => { testReading(underTest) })
  describe(`${name}: keeping house`, () => { testHousekeeping(underTest) })
}

function testStoring(underTest: () => StoreUnderTest): void {
  test.each([0, 1, 100_000, 9 * MB])('%i bytes come back as they were sent', async (size) => {
    const { store } = underTest()
    const [org, bytes] = [newOrg(), randomBytes(size)]
    expect(await store.put(org, streamOf(bytes), { maxBytes: size, expectedSha256: hashOf(bytes) })).toEqual({ sha256: hashOf(bytes), size })
    expect(await store.stat(org, hashOf(bytes))).toEqual({ size })
    expect(bytes.equals(await bytesOf(await store.open(org, hashOf(bytes))))).toBe(true)
    expect(await store.verify(org, hashOf(bytes))).toBe(true)
  })

  test('the same bytes stored ten times at once are one blob, and each answer names it', async () => {
    const { store, leftovers } = underTest()
    const [org, bytes] = [newOrg(), randomBytes(200_000)]
    const answers = await Promise.all(Array.from({ length: 10 }, () => store.put(org, streamOf(bytes), { maxBytes: MB })))
    expect(new Set(answers.map((a) => a.sha256))).toEqual(new Set([hashOf(bytes)]))
    expect(await namesOf(store, org)).toEqual([hashOf(bytes)])
    expect(await leftovers()).toBe(0)
  })

  test('a damaged blob is mended by storing its bytes again', async () => {
    const { store, damage } = underTest()
    const [org, bytes] = [newOrg(), randomBytes(50_000)]
    const { sha256 } = await store.put(org, streamOf(bytes), { maxBytes: MB })
    await damage(org, sha256)
    await store.put(org, streamOf(bytes), { maxBytes: MB })
    expect(bytes.equals(await bytesOf(await store.open(org, sha256)))).toBe(true)
  })
}

function testRefusals(underTest: () => StoreUnderTest): void {
  test('one byte more than allowed is refused and nothing is kept', async () => {
    const { store, leftovers } = underTest()
    const org = newOrg()
    await expect(store.put(org, streamOf(randomBytes(1001)), { maxBytes: 1000 })).rejects.toMatchObject({ kind: 'too_large' })
    expect(await namesOf(store, org)).toEqual([])
    expect(await leftovers()).toBe(0)
  })

  test('bytes other than announced are refused and nothing is kept', async () => {
    const { store, leftovers } = underTest()
    const org = newOrg()
    const put = store.put(org, streamOf(randomBytes(10)), { maxBytes: 1000, expectedSha256: hashOf(Buffer.from('other')) })
    await expect(put).rejects.toMatchObject({ kind: 'checksum' })
    expect(await namesOf(store, org)).toEqual([])
    expect(await leftovers()).toBe(0)
  })

  test('a sender that breaks off leaves nothing behind, and its own error is what the caller sees', async () => {
    const { store, leftovers } = underTest()
    const org = newOrg()
    await expect(store.put(org, brokenAfter(randomBytes(1000)), { maxBytes: MB })).rejects.toThrow('the line broke')
    expect(await namesOf(store, org)).toEqual([])
    expect(await leftovers()).toBe(0)
  })

  test('an aborted upload leaves nothing behind', async () => {
    const { store, leftovers } = underTest()
    const org = newOrg()
    const stop = new AbortController()
    const endless = new Readable({ read() { this.push(Buffer.alloc(1000)); setImmediate(() => { stop.abort() }) } })
    await expect(store.put(org, endless, { maxBytes: 100 * MB, signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' })
    expect(endless.destroyed).toBe(true)
    expect(await namesOf(store, org)).toEqual([])
    expect(await leftovers()).toBe(0)
  })

  test.each(['..', '../other', 'x', '', '0193A0F0-0000-7000-8000-000000000000'])('%j is not taken for an organization', async (org) => {
    const { store } = underTest()
    const sha256 = hashOf(Buffer.from('a'))
    await expect(store.put(org, streamOf(Buffer.from('a')), { maxBytes: 10 })).rejects.toThrow(TypeError)
    await expect((async () => store.open(org, sha256))()).rejects.toThrow(TypeError)
    await expect((async () => store.delete(org, sha256))()).rejects.toThrow(TypeError)
  })

  test.each(['../../x', 'abc', `${'a'.repeat(63)}/`, 'A'.repeat(64)])('%j is not taken for a hash', async (sha256) => {
    const { store } = underTest()
    await expect((async () => store.open(newOrg(), sha256))()).rejects.toThrow(TypeError)
    await expect((async () => store.stat(newOrg(), sha256))()).rejects.toThrow(TypeError)
  })
}

function testReading(underTest: () => StoreUnderTest): void {
  test('a range is exactly its bytes, first and last included', async () => {
    const { store } = underTest()
    const org = newOrg()
    for (const size of [1000, 9 * MB]) {
      const bytes = randomBytes(size)
      const { sha256 } = await store.put(org, streamOf(bytes), { maxBytes: size })
      for (const [start, end] of [[0, 0], [10, 499], [size - 1, size - 1], [0, size - 1]] as const) {
        expect(bytes.subarray(start, end + 1).equals(await bytesOf(await store.open(org, sha256, { start, end })))).toBe(true)
      }
      await expect(store.open(org, sha256, { start: 0, end: size })).rejects.toThrow(RangeError)
      await expect(store.open(org, sha256, { start: 5, end: 4 })).rejects.toThrow(RangeError)
    }
  })

  test('a blob of another organization is as missing as one that never was', async () => {
    const { store } = underTest()
    const { sha256 } = await store.put(newOrg(), streamOf(Buffer.from('theirs')), { maxBytes: 10 })
    const other = newOrg()
    await expect(store.open(other, sha256)).rejects.toMatchObject({ kind: 'missing' })
    expect(await store.stat(other, sha256)).toBeNull()
    expect(await store.verify(other, sha256)).toBe(false)
    expect(await store.delete(other, sha256)).toBe(false)
  })

  test.each([5000, 9 * MB])('one flipped byte of %i, also in a blob read before, is an integrity error and never a whole answer', async (size) => {
    const { store, damage } = underTest()
    const [org, bytes] = [newOrg(), randomBytes(size)]
    const { sha256 } = await store.put(org, streamOf(bytes), { maxBytes: size })
    await bytesOf(await store.open(org, sha256))
    await damage(org, sha256)
    await expect((async () => bytesOf(await store.open(org, sha256)))()).rejects.toMatchObject({ kind: 'integrity' })
    expect(await store.verify(org, sha256)).toBe(false)
  })
}

function testHousekeeping(underTest: () => StoreUnderTest): void {
  test('list names every blob of every organization with its size, or of one', async () => {
    const { store } = underTest()
    const [a, b] = [newOrg(), newOrg()]
    const one = await store.put(a, streamOf(Buffer.from('one')), { maxBytes: 10 })
    const two = await store.put(b, streamOf(Buffer.from('four')), { maxBytes: 10 })
    const all = new Map<string, string>()
    for await (const blob of store.list()) all.set(blob.orgId, `${blob.sha256} ${blob.size}`)
    expect(all.get(a)).toBe(`${one.sha256} 3`)
    expect(all.get(b)).toBe(`${two.sha256} 4`)
    expect(await namesOf(store, a)).toEqual([one.sha256])
    expect(await namesOf(store, newOrg())).toEqual([])
  })

  test('a removed blob is gone, and can be stored again', async () => {
    const { store } = underTest()
    const org = newOrg()
    const { sha256 } = await store.put(org, streamOf(Buffer.from('gone')), { maxBytes: 10 })
    expect(await store.delete(org, sha256)).toBe(true)
    expect(await store.stat(org, sha256)).toBeNull()
    expect(await store.delete(org, sha256)).toBe(false)
    await store.put(org, streamOf(Buffer.from('gone')), { maxBytes: 10 })
    expect(await store.verify(org, sha256)).toBe(true)
  })

  test('a blob put again after the decision to remove it is spared', async () => {
    const { store } = underTest()
    const org = newOrg()
    const { sha256 } = await store.put(org, streamOf(Buffer.from('wanted')), { maxBytes: 10 })
    expect(await store.delete(org, sha256, { unusedSince: new Date(Date.now() - 60_000) })).toBe(false)
    expect(await store.verify(org, sha256)).toBe(true)
    expect(await store.delete(org, sha256, { unusedSince: new Date(Date.now() + 60_000) })).toBe(true)
  })

  test('sweeping spares uploads under way', async () => {
    const { store } = underTest()
    const [org, bytes] = [newOrg(), randomBytes(300_000)]
    const put = store.put(org, streamOf(bytes), { maxBytes: MB })
    await store.sweep(new Date(Date.now() - 3_600_000))
    await expect(put).resolves.toMatchObject({ size: bytes.length })
  })

  test('ping answers', async () => {
    await expect(underTest().store.ping()).resolves.toBeUndefined()
  })
}
