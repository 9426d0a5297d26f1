import type { OrgId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { AuditSubjects, Tx } from '@intellidocs/kernel'
import { ROW, type UnnumberedRow } from './seals.repository.ts'

/** With the number of the seal that it stands under; null: none yet. */
export type PlacedRow = UnnumberedRow & { readonly seal: number | null; readonly subjectId: string }

/** In words of the statement, not as values: each has an index of its own that is chosen when the statement is planned. */
const TYPES: Readonly<Record<AuditSubjects['type'], Prisma.Sql>> = { flowRun: Prisma.raw("'flowRun'") }

/** The rows about some subjects in the order in which they are sealed. */
export function rowsAbout(tx: Tx, orgId: OrgId, { type, ids }: AuditSubjects): Promise<PlacedRow[]> {
  return tx.$queryRaw<PlacedRow[]>`
    select ${ROW}, s.number::float8 as seal from audit a left join lateral (
      select z.number from audit_seal z
      where z.org_id = a.org_id and (z.last_xid, z.last_id) >= (a.xid, a.id) order by z.last_xid, z.last_id limit 1) s on true
    where a.org_id = ${orgId}::uuid and a.subject_type = ${TYPES[type]} and a.subject_id = any (${[...ids]}::text[])
    order by a.xid, a.id`
}
