import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AbortMultipartUploadCommand, CopyObjectCommand, DeleteObjectCommand, HeadBucketCommand, ListMultipartUploadsCommand, paginateListObjectsV2,
  S3Client, S3ServiceException, type MultipartUpload,
} from '@aws-sdk/client-s3'
import { assertOrgId, blobKey, isOrgId, isSha256, StorageError, type BlobStore, type StoredBlob } from './blob-store.ts'
import { sendFile } from './s3-parts.ts'
import { head, isSoundObject, openObject, statusOf, type ObjectRef } from './s3-read.ts'
import { asStorageError, spool, sweepFiles, type Spooled } from './spool.ts'

export type S3StoreOptions = {
  readonly bucket: string
  /** Another server than Amazon's; it is then addressed by path (`endpoint/bucket/key`). */
  readonly endpoint?: string | undefined
  readonly region?: string | undefined
  /** Put in front of every key, with a slash between. */
  readonly prefix?: string | undefined
  /** Where received bytes wait while they are hashed; needs room for the uploads under way. */
  readonly spoolDir?: string | undefined
  /** Left out: the SDK's own chain (environment, profile, instance role). */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined
}

type Bucket = { readonly client: S3Client; readonly bucket: string; readonly base: string }

/**
 * Blobs in an S3 bucket. The name of a blob is its hash, so bytes are received to local disk first, hashed, and sent under their name only
 * then, refused by the server (`If-None-Match: *`) when the name is taken.
 */
export function createS3BlobStore(options: S3StoreOptions): BlobStore {
  const { spoolDir = join(tmpdir(), 'intellidocs-spool') } = options
  const base = options.prefix ? `${options.prefix.replace(/^\/+|\/+$/g, '')}/` : ''
  const to: Bucket = { client: createClient(options), bucket: options.bucket, base }
  const refOf = (orgId: string, sha256: string) => ({ ...to, key: to.base + blobKey(orgId, sha256), sha256 })

  return {
    async put(orgId, source, putOptions) {
      assertOrgId(orgId)
      const file = await spool(spoolDir, source, putOptions)
      try {
        await keep(refOf(orgId, file.sha256), file, putOptions.signal)
      } catch (error) {
        throw isFull(error) ? new StorageError('full', 'no space is left in the object store', { cause: error }) : asStorageError(error)
      } finally {
        await file.discard()
      }
      return { sha256: file.sha256, size: file.size }
    },
    open: async (orgId, sha256, range) => openObject(refOf(orgId, sha256), range),
    async stat(orgId, sha256) {
      const facts = await head(refOf(orgId, sha256))
      return facts && { size: facts.size }
    },
    verify: async (orgId, sha256) => isSoundObject(refOf(orgId, sha256)),
    delete: async (orgId, sha256, deleteOptions) => remove(refOf(orgId, sha256), deleteOptions?.unusedSince),
    list: (orgId) => listObjects(to, orgId),
    sweep: async (olderThan) => await sweepFiles(spoolDir, olderThan) + await abortUploads(to, olderThan),
    async ping() {
      await to.client.send(new HeadBucketCommand({ Bucket: to.bucket }))
    },
  }
}

function createClient({ endpoint, region, credentials }: S3StoreOptions): S3Client {
  return new S3Client({
    region: region ?? 'us-east-1',
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
    ...(credentials ? { credentials } : {}),
    // The SDK's default CRC trailers are unknown to many S3 servers; every request here carries a checksum of its own.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
}

async function keep(ref: ObjectRef, file: Spooled, signal: AbortSignal | undefined): Promise<void> {
  const send = (onlyNew: boolean) => sendFile({ client: ref.client, bucket: ref.bucket, key: ref.key, file, onlyNew, signal })
  // Asked first, so that known bytes do not travel; the condition of the write decides when two come at once.
  if (await isTakenBySound(ref, file.size)) return
  try {
    await send(true)
  } catch (error) {
    if (!isTaken(error)) throw error
    if (!await isTakenBySound(ref, file.size)) await send(false)
  }
}

/** True when the sound bytes are there; marks them as used now, so that a removal decided earlier spares them. */
async function isTakenBySound(ref: ObjectRef, size: number): Promise<boolean> {
  const facts = await head(ref)
  if (facts?.size !== size || !await isSoundObject(ref)) return false
  try {
    // Copying an object onto itself is how S3 renews its date; it is refused unless the metadata is said to change.
    await ref.client.send(new CopyObjectCommand({
      Bucket: ref.bucket, Key: ref.key, CopySource: `${ref.bucket}/${encodeURI(ref.key)}`,
      MetadataDirective: 'REPLACE', Metadata: { used: new Date().toISOString() },
    }))
    return true
  } catch (error) {
    if (statusOf(error) === 404) return false // removed since
    throw error
  }
}

/** Object stores keep seconds and delete without a condition: the grace that callers leave in `unusedSince` covers both. */
async function remove(ref: ObjectRef, unusedSince: Date | undefined): Promise<boolean> {
  const facts = await head(ref)
  if (!facts) return false
  if (unusedSince && facts.modifiedAt.getTime() + 1000 > unusedSince.getTime()) return false
  await ref.client.send(new DeleteObjectCommand({ Bucket: ref.bucket, Key: ref.key }))
  return true
}

async function* listObjects({ client, bucket, base }: Bucket, orgId: string | undefined): AsyncIterable<StoredBlob> {
  if (orgId !== undefined) assertOrgId(orgId)
  const Prefix = `${base}org/${orgId === undefined ? '' : `${orgId}/`}`
  for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix })) {
    for (const { Key = '', Size = 0, LastModified } of page.Contents ?? []) {
      const [org = '', sha256 = '', ...rest] = Key.slice(base.length + 'org/'.length).split('/')
      if (rest.length === 0 && isOrgId(org) && isSha256(sha256)) yield { orgId: org, sha256, size: Size, modifiedAt: LastModified ?? new Date(0) }
    }
  }
}

async function abortUploads({ client, bucket, base }: Bucket, olderThan: Date): Promise<number> {
  let aborted = 0
  for await (const page of paginateMultipartUploads({ client, bucket, base })) {
    for (const { Key, UploadId, Initiated } of page) {
      if (!Key || !UploadId || !Initiated || Initiated >= olderThan) continue
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }))
      aborted += 1
    }
  }
  return aborted
}

async function* paginateMultipartUploads({ client, bucket, base }: Bucket): AsyncIterable<MultipartUpload[]> {
  let marks: { KeyMarker?: string; UploadIdMarker?: string } = {}
  for (;;) {
    const page = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: `${base}org/`, ...marks }))
    yield page.Uploads ?? []
    if (!page.IsTruncated || !page.NextKeyMarker) return
    marks = { KeyMarker: page.NextKeyMarker, ...(page.NextUploadIdMarker ? { UploadIdMarker: page.NextUploadIdMarker } : {}) }
  }
}

const isTaken = (error: unknown): boolean => statusOf(error) === 412 || statusOf(error) === 409

const FULL = new Set(['QuotaExceeded', 'XMinioStorageFull', 'InsufficientStorage', 'NotEnoughSpace'])
const isFull = (error: unknown): boolean => error instanceof S3ServiceException && (error.$metadata.httpStatusCode === 507 || FULL.has(error.name))
