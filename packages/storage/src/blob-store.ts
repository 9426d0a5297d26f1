import type { Readable } from 'node:stream'

/**
 * - `full`: the disk or the bucket takes no more; nothing was kept
 * - `missing`: no blob of this name
 * - `integrity`: the stored bytes are not those their name promises; none of them were handed out as good
 * - `too_large`: the source went past `maxBytes`
 * - `checksum`: the source is not what `expectedSha256` announced
 */
export type StorageErrorKind = 'full' | 'missing' | 'integrity' | 'too_large' | 'checksum'

/** A failure of the store that callers act on by `kind`. Everything else that goes wrong (network, permissions) is thrown as it came. */
export class StorageError extends Error {
  readonly kind: StorageErrorKind

  constructor(kind: StorageErrorKind, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'StorageError'
    this.kind = kind
  }
}

export type PutOptions = {
  /** The source is refused once it has given more bytes than this. */
  readonly maxBytes: number
  readonly signal?: AbortSignal | undefined
  /** Lower-case hexadecimal; another content is refused with `checksum`. */
  readonly expectedSha256?: string | undefined
}

/** `end` is the last byte, itself included, as in HTTP ranges. */
export type ByteRange = { readonly start: number; readonly end: number }

/** A blob as the store holds it. `modifiedAt` is the last time anybody put these bytes, be they new or not. */
export type StoredBlob = { readonly orgId: string; readonly sha256: string; readonly size: number; readonly modifiedAt: Date }

/**
 * Bytes by their SHA-256, apart for each organization (`org/<orgId>/<sha256>`). Names are ids and hashes only, never anything a person typed;
 * a malformed one is a TypeError.
 */
export type BlobStore = {
  /**
   * Streams `source` to the store and answers once the bytes are durable. Safe to repeat: bytes already there stay as they are,
   * unless they are damaged, in which case the sound ones take their place. On failure nothing is left behind.
   * Throws StorageError `full`, `too_large`, `checksum`; what the source threw; AbortError.
   */
  put(orgId: string, source: Readable, options: PutOptions): Promise<{ sha256: string; size: number }>
  /**
   * A stream of sound bytes. Throws `missing`, `integrity`; RangeError when the range lies outside the blob. A large blob in S3 is compared
   * while it streams: it then fails with `integrity` before its last chunk, so never as a whole answer.
   */
  open(orgId: string, sha256: string, range?: ByteRange): Promise<Readable>
  stat(orgId: string, sha256: string): Promise<{ size: number } | null>
  /** Reads every byte: false when the blob is missing or damaged. */
  verify(orgId: string, sha256: string): Promise<boolean>
  /**
   * Removes a blob; false when it was not there, or when it was put again after `unusedSince`. Callers who found no row naming a blob pass the
   * moment before they looked, less a grace for uploads under way: an upload whose row is not committed yet relies on these bytes.
   */
  delete(orgId: string, sha256: string, options?: { unusedSince?: Date }): Promise<boolean>
  list(orgId?: string): AsyncIterable<StoredBlob>
  /** Removes what interrupted uploads left behind before `olderThan`; answers how many. */
  sweep(olderThan: Date): Promise<number>
  /** Throws when the store cannot be used. */
  ping(): Promise<void>
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const SHA256 = /^[0-9a-f]{64}$/

export const isOrgId = (name: string): boolean => UUID.test(name)
export const isSha256 = (name: string): boolean => SHA256.test(name)

export function assertOrgId(orgId: string): void {
  if (!isOrgId(orgId)) throw new TypeError('not an organization id')
}

/** The only way from ids to a blob's name; both stores use the same. */
export function blobKey(orgId: string, sha256: string): string {
  assertOrgId(orgId)
  if (!isSha256(sha256)) throw new TypeError('not a SHA-256')
  return `org/${orgId}/${sha256}`
}

/** Throws RangeError unless the range lies within a blob of `size` bytes. */
export function assertRange(range: ByteRange, size: number): void {
  const { start, end } = range
  if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || start > end || end >= size) {
    throw new RangeError(`bytes ${start}-${end} lie outside a blob of ${size} bytes`)
  }
}

/** The code of a Node system error, or undefined. */
export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
