import { hashOfRow, lineOfRow, type StoredRow } from './row.ts'
import { hashOfSeal, type Seal } from './seal.ts'
import { isKeyOf, verifyCheckpoint, type Checkpoint } from './signing.ts'

export type StoredSeal = Seal & { readonly hash: Buffer }
export type StoredCheckpoint = Pick<Checkpoint, 'at' | 'keyId' | 'signature'> & { readonly seal: number }

/** A chain as a database keeps it, or a copy of its tables: rows in the order of the chain, seals and checkpoints by number. */
export type StoredChain = {
  readonly rows: AsyncIterable<Omit<StoredRow, 'seq'>>
  readonly seals: AsyncIterable<StoredSeal>
  readonly checkpoints: readonly StoredCheckpoint[]
}

export type ChainReport = {
  /** Rows that are as they were sealed. */
  readonly sealed: number
  /** Rows behind the last seal. */
  readonly unsealed: number
  /** Signed checkpoints of a trusted key that hold. */
  readonly checkpoints: number
  /** The last seal; null where nothing was sealed. */
  readonly head: { readonly seal: number; readonly seq: number; readonly hash: string } | null
  /** The first number that is not as it was sealed. */
  readonly broken: { readonly seq: number; readonly problem: string } | null
}

type Progress = { seal: number; seq: number; hash: string; checkpoints: number }

/**
 * Compares rows with their seals, seals with each other, and both with every checkpoint of the trusted keys (base64url), with nothing but these;
 * memory does not grow with the number of rows. A checkpoint of another key proves nothing here and is passed over.
 */
export async function verifyStoredChain(chain: StoredChain, keys: readonly string[]): Promise<ChainReport> {
  const rows = chain.rows[Symbol.asyncIterator]()
  const done: Progress = { seal: 0, seq: 0, hash: '', checkpoints: 0 }
  const report = (broken: ChainReport['broken'], unsealed = 0): ChainReport => ({
    sealed: done.seq, unsealed, checkpoints: done.checkpoints, broken,
    head: done.seal === 0 ? null : { seal: done.seal, seq: done.seq, hash: done.hash },
  })
  const signed = Map.groupBy(chain.checkpoints.filter(({ keyId }) => isKeyOf(keys, keyId)), ({ seal }) => seal)
  for await (const seal of chain.seals) {
    const broken = wrongSeal(seal, done) ?? await wrongRow(seal, rows)
    if (broken !== null) return report(broken)
    Object.assign(done, { seal: seal.number, seq: seal.first + seal.count - 1, hash: seal.hash.toString('hex') })
    for (const stored of signed.get(seal.number) ?? []) {
      if (!verifyCheckpoint(keys, { ...stored, org: seal.org as Checkpoint['org'], seq: done.seq, hash: done.hash })) {
        return report({ seq: seal.first, problem: `the checkpoint of ${stored.at} was signed over other rows` })
      }
      done.checkpoints += 1
    }
  }
  const later = chain.checkpoints.find(({ seal }) => seal > done.seal)
  if (later !== undefined) return report({ seq: done.seq + 1, problem: `the chain ends before it; a checkpoint of ${later.at} saw it come to seal ${later.seal}` })
  let unsealed = 0
  while ((await rows.next()).done !== true) unsealed += 1
  return report(null, unsealed)
}

function wrongSeal(seal: StoredSeal, before: Progress): ChainReport['broken'] {
  if (seal.number !== before.seal + 1 || seal.first !== before.seq + 1) return { seq: before.seq + 1, problem: 'the seal of this row is missing' }
  if (seal.previous !== before.hash) return { seq: seal.first, problem: 'the seal of this row does not follow the one before' }
  return hashOfSeal(seal).equals(seal.hash) ? null : { seq: seal.first, problem: 'the seal of this row was changed' }
}

const HASH_BYTES = 32

async function wrongRow(seal: StoredSeal, rows: AsyncIterator<Omit<StoredRow, 'seq'>>): Promise<ChainReport['broken']> {
  for (let at = 0; at < seal.count; at += 1) {
    const { done, value } = await rows.next()
    const seq = seal.first + at
    if (done === true) return { seq, problem: 'the row is missing' }
    const sealed = seal.rowHashes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES)
    if (!hashOfRow(lineOfRow({ ...value, seq })).equals(sealed)) return { seq, problem: 'the row was changed, or another one stands in its place' }
  }
  return null
}
