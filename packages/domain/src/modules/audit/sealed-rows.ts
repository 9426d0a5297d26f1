import { hashOfRow, lineOfRow } from '@intellidocs/audit'
import type { Actor, AuditProof, ProvenRows, SealedRow } from '@intellidocs/kernel'
import type { AuditDeps } from './audit.types.ts'
import { signHead } from './checkpoints.ts'
import { assertOwnSeal, broken } from './own-seals.ts'
import { sealAll } from './sealer.ts'
import { rowsAbout, type PlacedRow } from './subjects.repository.ts'
import { sealsAfter } from './seals.repository.ts'

/** The rows about a subject with their numbers and hashes, after each was compared with what was sealed of it. See `AuditProof`. */
export const createAuditProof = (deps: AuditDeps): AuditProof => ({
  async about(actor, subject): Promise<ProvenRows | null> {
    await sealAll(deps, actor.orgId)
    const found = await deps.runInTx(actor, (tx) => rowsAbout(tx, actor.orgId, subject), { readOnly: true })
    const sealed = Map.groupBy(found, ({ seal }) => seal)
    if (found.length === 0 || sealed.has(null)) return null
    const rows: SealedRow[] = []
    // One seal after the other: each holds the hashes of up to a thousand rows.
    for (const [seal, ofSeal] of sealed) if (seal !== null) rows.push(...await compared(deps, actor, { seal, rows: ofSeal }))
    // Signed behind them, so that the head stands for each of the rows.
    const head = await signHead(deps, actor.orgId)
    return head === null ? null : { rows, head, publicKey: deps.keys.signer.publicKey }
  },
})

type OfSeal = { readonly seal: number; readonly rows: readonly PlacedRow[] }

async function compared(deps: AuditDeps, actor: Actor, { seal: number, rows }: OfSeal): Promise<SealedRow[]> {
  const [seal] = await deps.runInTx(actor, (tx) => sealsAfter(tx, actor.orgId, { after: number - 1, limit: 1 }), { readOnly: true })
  if (seal?.number !== number) throw broken({ seq: 0, problem: `seal ${number} is missing` })
  assertOwnSeal(deps.keys, seal)
  return rows.map(({ seal: _, ...row }) => {
    const index = seal.rowIds.indexOf(row.id)
    const seq = seal.first + index
    const line = lineOfRow({ ...row, seq })
    const hash = hashOfRow(line).toString('hex')
    if (index < 0) throw broken({ seq: seal.first, problem: `row ${row.id} was put in after its seal was set` })
    if (hash !== seal.rowHashes.toString('hex', index * 32, (index + 1) * 32)) throw broken({ seq, problem: 'the row was changed' })
    return { seq, hash, action: row.action, at: row.at, line }
  })
}
