import { createHash } from 'node:crypto'

/** A link of the chain: some rows, in order and without a gap. Hashes are 64 hexadecimal digits. */
export type Seal = {
  readonly org: string
  /** From 1, without a gap. */
  readonly number: number
  /** Number of its first row; of all before it there are `first - 1`. */
  readonly first: number
  readonly count: number
  /** ISO 8601 in UTC with six decimals. */
  readonly at: string
  /** Hash of the seal before; empty for the first. */
  readonly previous: string
  /** 32 bytes a row, one behind the other. */
  readonly rowHashes: Buffer
}

const HASH_BYTES = 32

/** SHA-256 over what the seal says, the hash of the seal before, and the hashes of its rows. */
export function hashOfSeal(seal: Seal): Buffer {
  const said = JSON.stringify(['intellidocs-seal-1', seal.org, seal.number, seal.first, seal.count, seal.at, seal.previous])
  return createHash('sha256').update(`${said}\n`, 'utf8').update(seal.rowHashes).digest()
}

/** The seal's line of an export; it stands before its rows. */
export function lineOfSeal(seal: Seal, hash: string): string {
  const { number, first, count, at, previous, rowHashes } = seal
  return JSON.stringify({ type: 'seal', number, first, count, at, previous, hash, hashes: hexOfEach(rowHashes) })
}

function hexOfEach(hashes: Buffer): string[] {
  return Array.from({ length: hashes.length / HASH_BYTES }, (_, at) => hashes.toString('hex', at * HASH_BYTES, (at + 1) * HASH_BYTES))
}

/** Index of the first row whose hash is not the sealed one, or that is missing or too many; null when all are as they were sealed. */
export function firstDifference(sealed: Buffer, found: readonly Buffer[]): number | null {
  const count = sealed.length / HASH_BYTES
  for (let at = 0; at < Math.max(count, found.length); at += 1) {
    const hash = found[at]
    if (hash === undefined || !hash.equals(sealed.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES))) return at
  }
  return null
}
