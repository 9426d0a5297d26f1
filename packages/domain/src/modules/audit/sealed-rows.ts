import { hashOfRow, lineOfRow } from '@intellidocs/audit'
import type { Actor, AuditProof, ProvenRows, SealedRow } from '@intellidocs/kernel'
import type { AuditDeps, StoredSeal } from './audit.types.ts'
import { signHead } from './checkpoints.ts'
import { assertOwnSeal, broken, SEALS_AT_ONCE } from './own-seals.ts'
import { sealAll } from './sealer.ts'
import { rowsAbout, type PlacedRow } from './subjects.repository.ts'
import { sealsNumbered } from './seals.repository.ts'

/** The rows about some subjects with their numbers and hashes, after each was compared with what was sealed of it. See `AuditProof`. */
export const createAuditProof = (deps: AuditDeps): AuditProof => ({
  async about(actor, subjects) {
    await sealAll(deps, actor.orgId)
    const found = Map.groupBy(await deps.runInTx(actor, (tx) => rowsAbout(tx, actor.orgId, subjects), { readOnly: true }), ({ subjectId }) => subjectId)
    const sealed = [...found].filter(([, rows]) => rows.every(({ seal }) => seal !== null))
    const rows = Map.groupBy(await comparedRows(deps, actor, sealed.flatMap(([, placed]) => placed)), ({ subjectId }) => subjectId)
    // Signed behind them, so that the head stands for each of the rows.
    const head = rows.size === 0 ? null : await signHead(deps, actor.orgId)
    if (head === null) return new Map()
    const { publicKey } = deps.keys.signer
    return new Map([...rows].map(([id, about]): [string, ProvenRows] => [id, { rows: about.map(({ subjectId: _, ...row }) => row), head, publicKey }]))
  },
})

type ComparedRow = SealedRow & { readonly subjectId: string }

/** Sealed rows, in the order of their numbers. */
async function comparedRows(deps: AuditDeps, actor: Actor, placed: readonly PlacedRow[]): Promise<ComparedRow[]> {
  const ofSeals = [...Map.groupBy(placed, ({ seal }) => seal ?? 0)]
  const rows: ComparedRow[] = []
  for (let from = 0; from < ofSeals.length; from += SEALS_AT_ONCE) {
    const some = ofSeals.slice(from, from + SEALS_AT_ONCE)
    const found = await deps.runInTx(actor, (tx) => sealsNumbered(tx, actor.orgId, some.map(([number]) => number)), { readOnly: true })
    const seals = new Map(found.map((seal) => [seal.number, seal]))
    for (const [number, ofSeal] of some) rows.push(...compared(deps, { number, seal: seals.get(number), rows: ofSeal }))
  }
  return rows.sort((a, b) => a.seq - b.seq)
}

type OfSeal = { readonly number: number; readonly seal: StoredSeal | undefined; readonly rows: readonly PlacedRow[] }

function compared(deps: AuditDeps, { number, seal, rows }: OfSeal): ComparedRow[] {
  if (seal === undefined) throw broken({ seq: 0, problem: `seal ${number} is missing` })
  assertOwnSeal(deps.keys, seal)
  return rows.map(({ seal: _, ...row }) => {
    const index = seal.rowIds.indexOf(row.id)
    const seq = seal.first + index
    const line = lineOfRow({ ...row, seq })
    const hash = hashOfRow(line).toString('hex')
    if (index < 0) throw broken({ seq: seal.first, problem: `row ${row.id} was put in after its seal was set` })
    if (hash !== seal.rowHashes.toString('hex', index * 32, (index + 1) * 32)) throw broken({ seq, problem: 'the row was changed' })
    return { subjectId: row.subjectId, seq, hash, action: row.action, at: row.at, line }
  })
}
