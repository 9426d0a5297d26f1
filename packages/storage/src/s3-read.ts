import { createHash } from 'node:crypto'
import { Readable, Transform } from 'node:stream'
import { GetObjectCommand, HeadObjectCommand, S3ServiceException, type S3Client } from '@aws-sdk/client-s3'
import { assertRange, StorageError, type ByteRange } from './blob-store.ts'

/** Objects up to this size are checked whole before their first byte is handed out; larger ones while they stream. */
const CHECKED_FIRST_BYTES = 4 * 1024 * 1024

export type ObjectRef = { readonly client: S3Client; readonly bucket: string; readonly key: string; readonly sha256: string }

export type Head = { readonly size: number; readonly modifiedAt: Date }

export const statusOf = (error: unknown): number | undefined =>
  error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined

/** Facts of an object, or null when there is none. */
export async function head({ client, bucket, key }: Pick<ObjectRef, 'client' | 'bucket' | 'key'>): Promise<Head | null> {
  try {
    const { ContentLength, LastModified } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))
    return { size: ContentLength ?? 0, modifiedAt: LastModified ?? new Date(0) }
  } catch (error) {
    if (statusOf(error) === 404) return null
    throw error
  }
}

/**
 * A small object is read and compared whole. A large one is compared as it streams: its last chunk is withheld until the hash is right, so a
 * reader of damaged bytes never sees the end. A range of a large one relies on the object store's own checksums.
 */
export async function openObject(of: ObjectRef, range: ByteRange | undefined): Promise<Readable> {
  const facts = await head(of)
  if (!facts) throw missing()
  if (range) assertRange(range, facts.size)
  if (facts.size <= CHECKED_FIRST_BYTES) {
    const bytes = await readWhole(await get(of))
    if (createHash('sha256').update(bytes).digest('hex') !== of.sha256) throw damaged()
    return Readable.from([range ? bytes.subarray(range.start, range.end + 1) : bytes], { objectMode: false })
  }
  const body = await get(of, range)
  if (range) return body
  const checked = holdBackUntilSound(of.sha256)
  body.on('error', (error) => checked.destroy(error))
  checked.on('close', () => body.destroy())
  return body.pipe(checked)
}

/** Reads every byte; false when the object is missing or is not what its name says. */
export async function isSoundObject(of: ObjectRef): Promise<boolean> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of await get(of)) hash.update(chunk)
  } catch (error) {
    if (error instanceof StorageError && error.kind === 'missing') return false
    throw error
  }
  return hash.digest('hex') === of.sha256
}

async function get({ client, bucket, key }: ObjectRef, range?: ByteRange): Promise<Readable> {
  try {
    const Range = range && `bytes=${range.start}-${range.end}`
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...(Range ? { Range } : {}) }))
    if (Body instanceof Readable) return Body
    throw new Error('the object store answered without a body')
  } catch (error) {
    throw statusOf(error) === 404 ? missing(error) : error
  }
}

async function readWhole(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

function holdBackUntilSound(sha256: string): Transform {
  const hash = createHash('sha256')
  let held: Buffer | null = null
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      const ready = held
      held = chunk
      done(null, ready)
    },
    flush(done) {
      if (hash.digest('hex') === sha256) done(null, held)
      else done(damaged())
    },
  })
}

const missing = (cause?: unknown) => new StorageError('missing', 'there is no such blob', cause === undefined ? undefined : { cause })
const damaged = () => new StorageError('integrity', 'the stored bytes do not match their checksum')
