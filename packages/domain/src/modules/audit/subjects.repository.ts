import type { OrgId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { AuditProof, Tx } from '@intellidocs/kernel'
import { ROW, type UnnumberedRow } from './seals.repository.ts'

type Subject = Parameters<AuditProof['about']>[1]
/** With the number of the seal that it stands under; null: none yet. */
export type PlacedRow = UnnumberedRow & { readonly seal: number | null }

/** In words of the statement, not as values: each has an index of its own that is chosen when the statement is planned. */
const TYPES: Readonly<Record<Subject['type'], Prisma.Sql>> = { flowRun: Prisma.raw("'flowRun'") }

/** The rows about a subject in the order in which they are sealed. */
export function rowsAbout(tx: Tx, orgId: OrgId, subject: Subject): Promise<PlacedRow[]> {
  return tx.$queryRaw<PlacedRow[]>`
    select ${ROW}, s.number::float8 as seal from audit a left join lateral (
      select z.number from audit_seal z
      where z.org_id = a.org_id and (z.last_xid, z.last_id) >= (a.xid, a.id) order by z.last_xid, z.last_id limit 1) s on true
    where a.org_id = ${orgId}::uuid and a.subject_type = ${TYPES[subject.type]} and a.subject_id = ${subject.id}
    order by a.xid, a.id`
}
