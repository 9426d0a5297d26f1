import type { DocumentId, OrgId, UserId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'

/** The active owner who has been one of the organization's members for longest; null where the organization is no more. */
export async function firstOwner(tx: Tx, orgId: OrgId): Promise<UserId | null> {
  const rows = await tx.$queryRaw<{ id: UserId }[]>`
    select user_id::text as id from app.member where org_id = ${orgId}::uuid and role = 'owner' and status = 'active' order by created_at, user_id limit 1`
  return rows[0]?.id ?? null
}

/** Gives the next documents of `from` to `to` and holds them until the unit ends; answers which. In the order of ids, so that two calls never wait for each other. */
export async function changeOwner(tx: Tx, orgId: OrgId, { from, to, limit }: { from: UserId; to: UserId; limit: number }): Promise<DocumentId[]> {
  const rows = await tx.$queryRaw<{ id: DocumentId }[]>`
    with held as (
      select id from document where org_id = ${orgId}::uuid and owner_id = ${from}::uuid order by id limit ${limit} for no key update
    )
    update document d set owner_id = ${to}::uuid from held where d.org_id = ${orgId}::uuid and d.id = held.id returning d.id::text as id`
  return rows.map(({ id }) => id)
}
