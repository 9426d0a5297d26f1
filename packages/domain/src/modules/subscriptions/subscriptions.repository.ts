import type { OrgId } from '@intellidocs/contracts'
import type { Actor, Tx, UsageKind } from '@intellidocs/kernel'

export type Use = { kind: UsageKind; amount: number; documentId: string }

/** Both run in the tenant's unit. */
export type SubscriptionsRepository = {
  append(tx: Tx, actor: Actor, uses: readonly Use[]): Promise<void>
  sums(tx: Tx, orgId: OrgId): Promise<Record<UsageKind, bigint>>
}

export const subscriptionsRepository: SubscriptionsRepository = {
  async append(tx, actor, uses) {
    const data = uses.map(({ kind, amount, documentId }) => ({ orgId: actor.orgId, kind, amount: BigInt(amount), documentId }))
    await tx.usageEntry.createMany({ data })
  },
  async sums(tx, orgId) {
    const rows = await tx.$queryRaw<{ kind: string; total: string }[]>`
      select kind, sum(amount)::text as total from usage_entry where org_id = ${orgId}::uuid group by kind`
    const of = (kind: UsageKind): bigint => BigInt(rows.find((row) => row.kind === kind)?.total ?? 0)
    return { documents: of('documents'), bytes: of('bytes'), pages: of('pages') }
  },
}
