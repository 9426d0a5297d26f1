import type { OrgId, SearchView, SearchViewId, UserId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'

export type StoredView = Omit<SearchView, 'createdAt' | 'own'> & { readonly ownerId: UserId; readonly createdAt: Date }
type Whose = { readonly orgId: OrgId; readonly userId: UserId }

/** Views of searches. */
export const viewsRepository = {
  /** One who makes a view at a time, so that there are no more than they may have. */
  async lock(tx: Tx, { orgId, userId }: Whose): Promise<void> {
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`search.views:${orgId}:${userId}`}, 0))`
  },

  /** By name, the own ones first. `others`: those that are shared too. */
  async list(tx: Tx, { orgId, userId }: Whose, others: boolean): Promise<StoredView[]> {
    return tx.$queryRaw<StoredView[]>`
      select id::text id, owner_id::text "ownerId", name, shared, query, filters, mode, sort, created_at "createdAt" from search_view
      where org_id = ${orgId}::uuid and (owner_id = ${userId}::uuid or (shared and ${others}::boolean)) order by owner_id <> ${userId}::uuid, lower(name), id`
  },

  async insert(tx: Tx, orgId: OrgId, view: StoredView): Promise<void> {
    await tx.$executeRaw`
      insert into search_view (id, org_id, owner_id, name, shared, query, filters, mode, sort, created_at) values (${view.id}::uuid, ${orgId}::uuid, ${view.ownerId}::uuid,
        ${view.name}, ${view.shared}, ${view.query}, ${JSON.stringify(view.filters)}::jsonb, ${view.mode}, ${view.sort}, ${view.createdAt}::timestamptz)`
  },

  async remove(tx: Tx, { orgId, userId, id }: Whose & { id: SearchViewId }): Promise<number> {
    return tx.$executeRaw`delete from search_view where org_id = ${orgId}::uuid and id = ${id}::uuid and owner_id = ${userId}::uuid`
  },
}
