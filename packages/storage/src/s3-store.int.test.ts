import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateMultipartUploadCommand, ListMultipartUploadsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bytesOf, describeBlobStore, hashOf, newOrg, streamOf, type StoreUnderTest } from './contract.testkit.ts'
import { createBlobStore } from './create-blob-store.ts'
import { createS3BlobStore } from './s3-store.ts'
import { findVersitygw, startVersitygw, type S3Server } from './versitygw.testkit.ts'

const binary = findVersitygw()
if (!binary) console.warn('NOT TESTED: the S3 store. No versitygw in the cache or on the path, and no Go to build it with.')

test('a store whose server is away says so and does not hang', async () => {
  const away = createS3BlobStore({ bucket: 'documents', endpoint: 'http://127.0.0.1:1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } })
  await expect(away.ping()).rejects.toThrow()
})

test('the configuration decides which store is made', () => {
  expect(createBlobStore({ kind: 's3', bucket: 'documents', endpoint: 'http://127.0.0.1:1' })).toHaveProperty('put')
  expect(createBlobStore({ kind: 'file', dir: '/nonexistent' })).toHaveProperty('put')
})

if (binary) {
  let server: S3Server
  let spoolDir: string
  let underTest: StoreUnderTest
  let raw: S3Client
  const options = () => ({ bucket: server.bucket, endpoint: server.endpoint, credentials: server.credentials, spoolDir })

  beforeAll(async () => {
    server = await startVersitygw(binary)
    spoolDir = await mkdtemp(join(tmpdir(), 'intellidocs-spool-'))
    raw = new S3Client({ endpoint: server.endpoint, region: 'us-east-1', forcePathStyle: true, credentials: server.credentials })
    const openUploads = async () => (await raw.send(new ListMultipartUploadsCommand({ Bucket: server.bucket }))).Uploads?.length ?? 0
    underTest = {
      store: createS3BlobStore(options()),
      async damage(orgId, sha256) {
        const path = join(server.bucketDir, 'org', orgId, sha256)
        const bytes = await readFile(path)
        bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1)
        await writeFile(path, bytes)
      },
      leftovers: async () => (await readdir(spoolDir)).length + await openUploads(),
    }
  }, 60_000)
  afterAll(async () => {
    await server.close()
    await rm(spoolDir, { recursive: true, force: true })
  })

  describeBlobStore('S3 store', () => underTest)

  describe('S3 store', () => {
    test('the server itself refuses to write over a name, which the store relies on', async () => {
      const Key = `org/${newOrg()}/probe`
      const send = () => raw.send(new PutObjectCommand({ Bucket: server.bucket, Key, Body: 'x', IfNoneMatch: '*' }))
      await send()
      await expect(send()).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } })
    })

    test('an installation with a prefix sees its own blobs only', async () => {
      const [org, bytes] = [newOrg(), randomBytes(100)]
      const apart = createS3BlobStore({ ...options(), prefix: 'staging' })
      await apart.put(org, streamOf(bytes), { maxBytes: 100 })
      expect(await underTest.store.stat(org, hashOf(bytes))).toBeNull()
      expect(bytes.equals(await bytesOf(await apart.open(org, hashOf(bytes))))).toBe(true)
      const names: string[] = []
      for await (const blob of apart.list()) names.push(blob.sha256)
      expect(names).toEqual([hashOf(bytes)])
    })

    test('sweeping aborts uploads in parts that nobody finished', async () => {
      await raw.send(new CreateMultipartUploadCommand({ Bucket: server.bucket, Key: `org/${newOrg()}/${'a'.repeat(64)}` }))
      expect(await underTest.leftovers()).toBe(1)
      expect(await underTest.store.sweep(new Date(Date.now() - 3_600_000))).toBe(0)
      expect(await underTest.store.sweep(new Date(Date.now() + 3_600_000))).toBe(1)
      expect(await underTest.leftovers()).toBe(0)
    })
  })
}
