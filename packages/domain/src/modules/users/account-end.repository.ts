import type { OrgId, UserId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'
import { hashOfNobody } from './password.ts'

/** What the end of an account takes with it. Every method runs in an identity unit. */
export type AccountEndRepository = {
  /**
   * The organizations, but those that are being deleted, in which nobody else who can sign in is an owner. The account's memberships and the owners
   * of its organizations stay as they are until the unit ends: two last owners who leave at the same moment, and one who leaves while the other
   * makes the account the owner, wait for each other.
   */
  soleOwnerOf(tx: Tx, userId: UserId): Promise<{ slug: string; name: string }[]>
  /** Ends memberships, and keys and groups with them; answers the organizations. */
  leaveAll(tx: Tx, userId: UserId): Promise<OrgId[]>
  /** What stands of somebody afterwards is the id: in documents, events and the audit. */
  anonymise(tx: Tx, userId: UserId): Promise<void>
}

export const accountEndRepository: AccountEndRepository = {
  async soleOwnerOf(tx, userId) {
    await tx.$queryRaw`
      select user_id::text from membership
      where user_id = ${userId}::uuid or role = 'owner' and org_id in (select org_id from membership where user_id = ${userId}::uuid)
      order by org_id, user_id for update`
    return tx.$queryRaw<{ slug: string; name: string }[]>`
      select o.slug, o.name from membership m join org o on o.id = m.org_id and o.status <> 'deleting'
      where m.user_id = ${userId}::uuid and m.role = 'owner' and not exists (
        select from membership other join user_account u on u.id = other.user_id and u.status = 'active'
        where other.org_id = m.org_id and other.user_id <> m.user_id and other.role = 'owner' and other.status = 'active')
      order by o.slug`
  },
  async leaveAll(tx, userId) {
    const rows = await tx.$queryRaw<{ orgId: OrgId }[]>`delete from membership where user_id = ${userId}::uuid returning org_id::text as "orgId"`
    return rows.map(({ orgId }) => orgId)
  },
  async anonymise(tx, userId) {
    await tx.user.update({
      where: { id: userId }, select: { id: true },
      data: {
        email: `${userId}@deleted.invalid`, name: 'Deleted account', passwordHash: hashOfNobody, platformAdmin: false, status: 'deleted', emailVerifiedAt: null,
      },
    })
  },
}
