import { hashOfSeal, verifyCheckpoint, type Checkpoint } from '@intellidocs/audit'
import { AppError, type Actor, type Tx } from '@intellidocs/kernel'
import type { AuditKeys } from './audit.keys.ts'
import { lastSeq, type AuditDeps, type StoredSeal } from './audit.types.ts'
import { checkpointsBelow, sealsAfter } from './seals.repository.ts'

/** Seals of one read; one with all its rows is some 50 KB. */
export const SEALS_AT_ONCE = 20

/** How far the chain has come: number, last row and hash (hexadecimal) of a seal. */
type Head = { readonly seal: number; readonly seq: number; readonly hash: string }
export const NO_HEAD: Head = Object.freeze({ seal: 0, seq: 0, hash: '' })
export const headOf = (seal: StoredSeal): Head => ({ seal: seal.number, seq: lastSeq(seal), hash: seal.hash.toString('hex') })

export type WrongSeal = { readonly seq: number; readonly problem: string }

/** Why this is not a seal that somebody with one of our keys set behind `head`; null when it is. Its rows are not looked at. */
export function wrongSeal(keys: AuditKeys, seal: StoredSeal, head: Head): WrongSeal | null {
  if (seal.number !== head.seal + 1 || seal.first !== head.seq + 1) return { seq: head.seq + 1, problem: 'the seal of this row is missing' }
  if (seal.previous !== head.hash) return { seq: seal.first, problem: 'the seal of this row does not follow the one before' }
  if (!hashOfSeal(seal).equals(seal.hash)) return { seq: seal.first, problem: 'the seal of this row was changed' }
  return keys.madeBy(seal.hash, seal.mac) ? null : { seq: seal.first, problem: 'the seal of this row was not made by this installation' }
}

export const broken = (wrong: WrongSeal): AppError => new AppError('audit.broken', { cause: new Error(`at ${wrong.seq}: ${wrong.problem}`) })

/** @throws AppError audit.broken unless the seal is ours and stands behind `head`; without one only that it is ours. */
export function assertOwnSeal(keys: AuditKeys, seal: StoredSeal, head: Head = { seal: seal.number - 1, seq: seal.first - 1, hash: seal.previous }): void {
  const wrong = wrongSeal(keys, seal, head)
  if (wrong !== null) throw broken(wrong)
}

/**
 * The last seal, after every seal since the last checkpoint of ours was verified: a signature of ours must not stand for what somebody without the
 * keys put together. Null before the first. Memory does not grow with the number of seals.
 * @throws AppError audit.broken
 */
export async function verifiedHead(deps: AuditDeps, actor: Actor): Promise<StoredSeal | null> {
  const next = (tx: Tx, after: number): Promise<StoredSeal[]> => sealsAfter(tx, actor.orgId, { after, limit: SEALS_AT_ONCE })
  const { signed, first } = await deps.runInTx(actor, async (tx) => {
    const checkpoint = await lastSigned(deps.keys, tx, actor)
    return { signed: checkpoint, first: await next(tx, Math.max(0, (checkpoint?.seal ?? 0) - 1)) }
  }, { readOnly: true })
  let last: StoredSeal | null = null
  for (let seals = first; ;) {
    for (const seal of seals) {
      // What stands before the signed seal is the signature's matter.
      assertOwnSeal(deps.keys, seal, last === null && signed !== null ? undefined : last === null ? NO_HEAD : headOf(last))
      last = seal
    }
    if (last === null || seals.length < SEALS_AT_ONCE) return last
    const after = last.number
    seals = await deps.runInTx(actor, (tx) => next(tx, after), { readOnly: true })
  }
}

/** The last checkpoint that one of our keys made; one that names a key of ours and does not hold was made over another chain. */
async function lastSigned(keys: AuditKeys, tx: Tx, { orgId }: Actor): Promise<Checkpoint | null> {
  for (let below: number | null = null; ;) {
    const found: Checkpoint[] = await checkpointsBelow(tx, orgId, below)
    const [first] = found
    if (first === undefined) return null
    const ours = found.filter(({ keyId }) => keys.keyIds.has(keyId))
    const forged = ours.find((it) => !verifyCheckpoint(keys.publicKeys, it))
    if (forged !== undefined) throw broken({ seq: forged.seq, problem: `the checkpoint of ${forged.at} was signed over another chain` })
    if (ours[0] !== undefined) return ours[0]
    below = first.seal
  }
}
