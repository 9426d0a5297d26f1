import { firstDifference, hashOfRow, lineOfRow, verifyCheckpoint, type Checkpoint } from '@intellidocs/audit'
import type { OrgId } from '@intellidocs/contracts'
import { AppError, decodeCursor, encodeCursor, type Actor, type Tx } from '@intellidocs/kernel'
import { z } from 'zod'
import { FIRST_PLACE, lastSeq, type AuditDeps, type Place, type StoredSeal } from './audit.types.ts'
import { checkpointOf } from './checkpoints.ts'
import { numbered } from './numbered-rows.ts'
import { headOf, NO_HEAD, wrongSeal, type WrongSeal as Broken } from './own-seals.ts'
import { checkpointsOf, countBehind, lastCheckpoint, lastSeal, rowsBetween, sealsAfter } from './seals.repository.ts'

/** Seals of one call, each in a transaction of its own: some 20,000 rows at most. */
const SEALS_AT_ONCE = 20

/** What was verified so far: the last seal's number, hash, last row and place. */
const verified = z.strictObject({
  seal: z.int().min(0), seq: z.int().min(0), hash: z.string().max(64), xid: z.string().regex(/^\d{1,20}$/), id: z.string().regex(/^\d{1,19}$/),
})
type Verified = z.infer<typeof verified>
const NOTHING: Verified = { ...NO_HEAD, ...FIRST_PLACE }

export type Verification = {
  readonly ok: boolean | null; readonly nextCursor: string | null
  readonly checked: number; readonly total: number; readonly unsealed: number; readonly broken: Broken | null
}

/**
 * Compares the rows with their seals, the seals with each other and with the keyed anchors, and all of it with every signed checkpoint, the
 * caller's included: that one shows when the end was cut off together with its seals. A step a call, until `ok` is not null.
 * @throws AppError input.cursor, input.invalid (the checkpoint is not signed by this installation for this organization)
 */
export async function verifyChain(
  deps: AuditDeps, actor: Actor, input: { cursor?: string | undefined; checkpoint?: Checkpoint | undefined },
): Promise<Verification> {
  const { checkpoint } = input
  if (checkpoint !== undefined && !(checkpoint.org === actor.orgId && verifyCheckpoint(deps.keys.publicKeys, checkpoint))) {
    throw new AppError('input.invalid', { details: { issues: [{ path: 'checkpoint', message: 'not signed by this installation for this organization' }] } })
  }
  let at = input.cursor === undefined ? NOTHING : decodeCursor(verified, input.cursor)
  for (let step = 0; step < SEALS_AT_ONCE; step += 1) {
    const next = await deps.runInTx(actor, (tx) => verifyNext(deps, tx, { orgId: actor.orgId, at, checkpoint }), { readOnly: true })
    if (next === null) return finish(deps, actor, { at, checkpoint })
    if ('problem' in next) return { ...await state(deps, actor, at), ok: false, nextCursor: null, broken: next }
    at = next
  }
  return { ...await state(deps, actor, at), ok: null, nextCursor: encodeCursor(at), broken: null }
}

type Looking = { readonly orgId: OrgId; readonly at: Verified; readonly checkpoint: Checkpoint | undefined }

async function verifyNext(deps: AuditDeps, tx: Tx, { orgId, at, checkpoint }: Looking): Promise<Verified | Broken | null> {
  const [seal] = await sealsAfter(tx, orgId, { after: at.seal, limit: 1 })
  if (seal === undefined) return null
  const wrong = wrongSeal(deps.keys, seal, at) ?? await wrongSignature(deps, tx, { seal, checkpoint }) ?? await wrongRow(tx, seal, at)
  if (wrong !== null) return wrong
  return { ...headOf(seal), ...seal.place }
}

type Signed = { readonly seal: StoredSeal; readonly checkpoint: Checkpoint | undefined }

async function wrongSignature({ keys }: AuditDeps, tx: Tx, { seal, checkpoint }: Signed): Promise<Broken | null> {
  for (const stored of await checkpointsOf(tx, seal)) {
    if (!verifyCheckpoint(keys.publicKeys, checkpointOf(seal, stored))) return { seq: seal.first, problem: `the checkpoint of ${stored.at} is not signed by a known key` }
  }
  if (checkpoint?.seal !== seal.number || checkpoint.hash === seal.hash.toString('hex')) return null
  return { seq: seal.first, problem: `the checkpoint of ${checkpoint.at} was signed over other rows` }
}

async function wrongRow(tx: Tx, seal: StoredSeal, after: Place): Promise<Broken | null> {
  const rows = await rowsBetween(tx, seal.org, { after, upTo: seal.place, limit: seal.count + 1, filter: {} })
  const hashes = numbered(seal, rows).map((row) => hashOfRow(lineOfRow(row)))
  const index = firstDifference(seal.rowHashes, hashes)
  if (index === null) return null
  const [sealed, found] = [seal.rowIds[index], rows[index]?.id]
  const problem = found === undefined ? 'the row is missing' : found === sealed ? 'the row was changed'
    : rows.some((row) => row.id === sealed) ? 'another row stands in its place: something was put in, or the order was changed'
      : 'the row is missing, or was given another place'
  return { seq: seal.first + index, problem }
}

/** No more seals: then none may be known of by a checkpoint, the caller's or a stored one. */
async function finish(deps: AuditDeps, actor: Actor, { at, checkpoint }: Omit<Looking, 'orgId'>): Promise<Verification> {
  const stored = await deps.runInTx(actor, (tx) => lastCheckpoint(tx, actor.orgId), { readOnly: true })
  const later = [checkpoint, stored].find((it) => it !== undefined && it !== null && it.seal > at.seal)
  const broken = later === undefined || later === null ? null
    : { seq: at.seq + 1, problem: `the chain ends before it; the checkpoint of ${later.at} saw it come to seal ${later.seal}` }
  return { ...await state(deps, actor, at), ok: broken === null, nextCursor: null, broken }
}

function state(deps: AuditDeps, actor: Actor, at: Verified): Promise<Pick<Verification, 'checked' | 'total' | 'unsealed'>> {
  return deps.runInTx(actor, async (tx) => {
    const last = await lastSeal(tx, actor.orgId)
    return { checked: at.seq, total: lastSeq(last), unsealed: await countBehind(tx, actor.orgId, last?.place ?? FIRST_PLACE) }
  }, { readOnly: true })
}
