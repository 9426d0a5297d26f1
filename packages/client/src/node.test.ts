import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createIntelliDocsClient, type IntelliDocsClient } from './index.ts'
import { createFileResumeStore, downloadFile, hashFile, uploadFile } from './node.ts'
import { startTestServer, type TestServer } from './server.testkit.ts'

let server: TestServer
let client: IntelliDocsClient
let dir: string
const HELLO = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824'

beforeAll(async () => {
  server = await startTestServer()
  client = createIntelliDocsClient({ url: server.url, token: 'good' })
  dir = await mkdtemp(join(tmpdir(), 'intellidocs-client-'))
})
afterAll(async () => {
  await server.close()
  await rm(dir, { recursive: true })
})

test('a file is sent under its own name, or another', async () => {
  const path = join(dir, 'report.txt')
  await writeFile(path, 'hello')
  expect(await hashFile(path)).toBe(HELLO)
  await uploadFile(client, path)
  await uploadFile(client, path, { name: 'other.txt', resumableFrom: 1 })
  expect(server.seen.map((call) => call.headers['x-file-name'])).toContain("UTF-8''report.txt")
  expect([...server.uploads.values()][0]?.bytes.toString()).toBe('hello')
})

test('a download gets its name once it is whole and its hash is right', async () => {
  const path = join(dir, 'got.txt')
  expect(await downloadFile(client, 'doc-1', { path, sha256: HELLO, version: 2 })).toBe(5)
  expect(await readFile(path, 'utf8')).toBe('hello')
})

test('a download of other bytes is an integrity error and leaves no file', async () => {
  const path = join(dir, 'wrong.txt')
  const got = downloadFile(client, 'doc-1', { path, sha256: 'f'.repeat(64), version: 2 })
  await expect(got).rejects.toMatchObject({ name: 'IntelliDocsError', appCode: 'blob.integrity' })
  expect((await readdir(dir)).filter((name) => name.startsWith('wrong'))).toEqual([])
})

test('started uploads are remembered for a week, in a file for its owner alone', async () => {
  const path = join(dir, 'config', 'uploads.json')
  let now = Date.now()
  const store = createFileResumeStore(path, () => now)
  expect(await store.get('a')).toBeNull()
  await Promise.all([store.set('a', 'url-a'), store.set('b', 'url-b'), store.set('c', 'url-c')])
  await store.delete('b')
  expect(await Promise.all(['a', 'b', 'c'].map((key) => store.get(key)))).toEqual(['url-a', null, 'url-c'])
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  now += 8 * 24 * 3_600_000
  expect(await store.get('a')).toBeNull()
})

test('a file of started uploads that was cut short counts as empty', async () => {
  const path = join(dir, 'cut.json')
  await writeFile(path, '{"a": {"url"')
  expect(await createFileResumeStore(path).get('a')).toBeNull()
})
