import type { Seal } from '@intellidocs/audit'
import type { OrgId } from '@intellidocs/contracts'
import type { Clock, Log, QuotaGate, RunAsSystem, RunInTx } from '@intellidocs/kernel'
import type { AuditKeys } from './audit.keys.ts'

export type AuditDeps = {
  readonly runInTx: RunInTx; readonly runAsSystem: RunAsSystem; readonly clock: Clock; readonly log: Log; readonly keys: AuditKeys
  readonly quota: Pick<QuotaGate, 'mustHave' | 'auditSince'>
}

/** A place in the order in which an organization's rows are sealed. */
export type Place = { readonly xid: string; readonly id: string }
export const FIRST_PLACE: Place = Object.freeze({ xid: '0', id: '0' })

/** A seal as it is stored. */
export type StoredSeal = Seal & {
  readonly org: OrgId
  readonly hash: Buffer
  readonly mac: Buffer
  readonly rowIds: readonly string[]
  /** Of its last row. */
  readonly place: Place
}

/** Number of the last row of a seal; 0 where there is none. */
export const lastSeq = (seal: Pick<Seal, 'first' | 'count'> | null): number => (seal === null ? 0 : seal.first + seal.count - 1)
