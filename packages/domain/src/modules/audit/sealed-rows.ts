import { hashOfRow, lineOfRow } from '@intellidocs/audit'
import type { AuditProof, ProvenRows, SealedRow } from '@intellidocs/kernel'
import type { AuditDeps, StoredSeal } from './audit.types.ts'
import { signHead } from './checkpoints.ts'
import { assertOwnSeal, broken, SEALS_AT_ONCE } from './own-seals.ts'
import { sealAll } from './sealer.ts'
import { rowsAbout, type PlacedRow } from './subjects.repository.ts'
import { sealsNumbered } from './seals.repository.ts'

/** The rows about a subject with their numbers and hashes, after each was compared with what was sealed of it. See `AuditProof`. */
export const createAuditProof = (deps: AuditDeps): AuditProof => ({
  async about(actor, subject): Promise<ProvenRows | null> {
    await sealAll(deps, actor.orgId)
    const found = await deps.runInTx(actor, (tx) => rowsAbout(tx, actor.orgId, subject), { readOnly: true })
    const sealed = Map.groupBy(found, ({ seal }) => seal)
    if (found.length === 0 || sealed.has(null)) return null
    const rows: SealedRow[] = []
    const numbers = [...sealed.keys()].filter((seal) => seal !== null)
    for (let from = 0; from < numbers.length; from += SEALS_AT_ONCE) {
      const some = numbers.slice(from, from + SEALS_AT_ONCE)
      const seals = new Map((await deps.runInTx(actor, (tx) => sealsNumbered(tx, actor.orgId, some), { readOnly: true })).map((seal) => [seal.number, seal]))
      for (const number of some) rows.push(...compared(deps, { number, seal: seals.get(number), rows: sealed.get(number) ?? [] }))
    }
    // Signed behind them, so that the head stands for each of the rows.
    const head = await signHead(deps, actor.orgId)
    return head === null ? null : { rows, head, publicKey: deps.keys.signer.publicKey }
  },
})

type OfSeal = { readonly number: number; readonly seal: StoredSeal | undefined; readonly rows: readonly PlacedRow[] }

function compared(deps: AuditDeps, { number, seal, rows }: OfSeal): SealedRow[] {
  if (seal === undefined) throw broken({ seq: 0, problem: `seal ${number} is missing` })
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
