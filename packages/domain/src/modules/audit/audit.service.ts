import type { Checkpoint } from '@intellidocs/audit'
import type { AuditFilter, AuditFormat, AuditRow, Page } from '@intellidocs/contracts'
import { decodeCursor, pageOf, type Actor, type PageInput } from '@intellidocs/kernel'
import { z } from 'zod'
import { listRows, type ListedRow } from './audit.repository.ts'
import type { AuditDeps } from './audit.types.ts'
import { signHead } from './checkpoints.ts'
import { exportAudit, type ExportInput, type ExportStream } from './export.ts'
import { sealAll } from './sealer.ts'
import { shownBy } from './shown-rows.ts'
import { verifyChain, type Verification } from './verify-chain.ts'

const place = z.tuple([z.string().regex(/^\d{1,20}$/), z.string().regex(/^\d{1,19}$/)])
const EXPORT_PATH = '/api/v1/audit/export'

export type PublicKey = { readonly algorithm: 'Ed25519'; readonly keyId: string; readonly publicKey: string }
export type AuditService = {
  list(actor: Actor, input: AuditFilter & PageInput): Promise<Page<AuditRow>>
  /** Where an export is; `complete` where nothing is left out, neither by what is asked for nor by the plan. */
  exportPath(actor: Actor, input: AuditFilter & { format: AuditFormat }): Promise<{ path: string; contentType: string; complete: boolean }>
  export(actor: Actor, input: ExportInput): Promise<ExportStream>
  verify(actor: Actor, input: { cursor?: string | undefined; checkpoint?: Checkpoint | undefined }): Promise<Verification>
  /** Seals what there is and signs it, which is a row of its own. */
  checkpoint(actor: Actor): Promise<{ checkpoint: Checkpoint | null; key: PublicKey }>
  key(): PublicKey
}

export function createAuditService(deps: AuditDeps): AuditService {
  const key = (): PublicKey => ({ algorithm: 'Ed25519', keyId: deps.keys.signer.keyId, publicKey: deps.keys.signer.publicKey })
  return {
    key,
    list: (actor, input) => list(deps, actor, input),
    exportPath: async (actor, { format, ...filter }) => {
      const given = Object.entries(filter).filter((entry): entry is [string, string] => entry[1] !== undefined)
      const { bounded } = await deps.runInTx(actor, (tx) => shownBy(deps, { tx, actor }, filter), { readOnly: true })
      return {
        path: `${EXPORT_PATH}?${new URLSearchParams([['format', format], ...given]).toString()}`, contentType: 'application/x-ndjson',
        complete: given.length === 0 && !bounded,
      }
    },
    export: (actor, input) => exportAudit(deps, actor, input),
    verify: (actor, input) => verifyChain(deps, actor, input),
    checkpoint: async (actor) => {
      await sealAll(deps, actor.orgId)
      return { checkpoint: await signHead(deps, actor.orgId, actor), key: key() }
    },
  }
}

async function list(deps: AuditDeps, actor: Actor, input: AuditFilter & PageInput): Promise<Page<AuditRow>> {
  const { limit, cursor, ...filter } = input
  const after = cursor === undefined ? null : decodeCursor(place, cursor)
  const before = after === null ? null : { xid: after[0], id: after[1] }
  const rows = await deps.runInTx(actor, async (tx) => {
    const shown = await shownBy(deps, { tx, actor }, filter)
    return listRows(tx, actor, { filter: shown.filter, before, limit: limit + 1 })
  }, { readOnly: true })
  return pageOf(rows, limit, { item: toRow, key: ({ xid, id }) => [xid, id] })
}

const toRow = (row: ListedRow): AuditRow => ({
  seq: row.seq, id: row.id, at: row.at.toISOString(),
  actor: { id: row.actorId, kind: row.actorKind, sessionId: row.sessionId, keyId: row.keyId, address: row.address },
  action: row.action, subject: { type: row.subjectType, id: row.subjectId }, data: row.data, requestId: row.requestId,
})
