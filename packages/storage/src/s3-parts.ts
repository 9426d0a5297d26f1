import { createHash } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import {
  AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CreateMultipartUploadCommand, PutObjectCommand, UploadPartCommand, type S3Client,
} from '@aws-sdk/client-s3'
import type { Spooled } from './spool.ts'

/** Bytes of one request and of the memory an upload takes. S3 allows 10,000 parts, so 50 GB; it takes no smaller ones. */
export const PART_BYTES = 5 * 1024 * 1024

export type Upload = {
  readonly client: S3Client
  readonly bucket: string
  readonly key: string
  readonly file: Spooled
  /** Refuse when the key exists, instead of writing over it. */
  readonly onlyNew: boolean
  readonly signal: AbortSignal | undefined
}

/**
 * Sends a spooled file as one object, in parts when it is large. Each request holds its bytes in memory, so it can be retried, and carries a
 * checksum that the server compares. An upload in parts that fails is aborted, so that no part is kept or paid for.
 */
export async function sendFile(upload: Upload): Promise<void> {
  const handle = await open(upload.file.path, 'r')
  try {
    await (upload.file.size <= PART_BYTES ? sendWhole(upload, handle) : sendParts(upload, handle))
  } finally {
    await handle.close()
  }
}

async function sendWhole({ client, bucket, key, file, onlyNew, signal }: Upload, handle: FileHandle): Promise<void> {
  const body = await readAt(handle, 0, Buffer.allocUnsafe(file.size))
  const checksum = Buffer.from(file.sha256, 'hex').toString('base64')
  await client.send(new PutObjectCommand({
    Bucket: bucket, Key: key, Body: body, ContentLength: body.length, ChecksumSHA256: checksum, ...condition(onlyNew),
  }), during(signal))
}

async function sendParts(upload: Upload, handle: FileHandle): Promise<void> {
  const { client, bucket, key, onlyNew, signal } = upload
  const of = { Bucket: bucket, Key: key }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(of), during(signal))
  if (!UploadId) throw new Error('the object store gave no upload id')
  try {
    const Parts = await sendEachPart(upload, handle, UploadId)
    await client.send(new CompleteMultipartUploadCommand({ ...of, UploadId, MultipartUpload: { Parts }, ...condition(onlyNew) }), during(signal))
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand({ ...of, UploadId })).catch(() => {
      // The first failure is the one to report; `sweep` removes what this leaves.
    })
    throw error
  }
}

async function sendEachPart({ client, bucket, key, file, signal }: Upload, handle: FileHandle, UploadId: string) {
  const parts: { ETag: string | undefined; PartNumber: number }[] = []
  // One buffer for all parts: they go one after the other, and a new one each would pile up until the collector comes.
  const buffer = Buffer.allocUnsafe(PART_BYTES)
  for (let at = 0; at < file.size; at += PART_BYTES) {
    const body = await readAt(handle, at, buffer.subarray(0, Math.min(PART_BYTES, file.size - at)))
    const PartNumber = parts.length + 1
    const ContentMD5 = createHash('md5').update(body).digest('base64')
    const { ETag } = await client.send(new UploadPartCommand({
      Bucket: bucket, Key: key, UploadId, PartNumber, Body: body, ContentLength: body.length, ContentMD5,
    }), during(signal))
    parts.push({ ETag, PartNumber })
  }
  return parts
}

/** Fills `buffer` with the bytes of the file from `at` on. */
async function readAt(handle: FileHandle, at: number, buffer: Buffer): Promise<Buffer> {
  for (let got = 0; got < buffer.length;) {
    const { bytesRead } = await handle.read(buffer, got, buffer.length - got, at + got)
    if (bytesRead === 0) throw new Error('the temporary file was cut short')
    got += bytesRead
  }
  return buffer
}

const condition = (onlyNew: boolean) => (onlyNew ? { IfNoneMatch: '*' } : {})
const during = (signal: AbortSignal | undefined) => (signal ? { abortSignal: signal } : {})
