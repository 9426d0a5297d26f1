import { Prisma } from '@intellidocs/db'
import type { Actor, Tx } from '@intellidocs/kernel'

const shown = (actor: Actor): Prisma.Sql => Prisma.sql`app.folder_shown(f.path, f.restricted, ${[...actor.principals]}::text[])`

/** What the names in a query mean, among what is shown to the actor: "not there" and "not yours" are the same. */
export const lookupsRepository = {
  async folder(tx: Tx, actor: Actor, id: string): Promise<string[]> {
    const rows = await tx.$queryRaw<{ id: string }[]>`select f.id from folder f where f.org_id = (select app.org_id()) and f.id = ${id}::uuid and ${shown(actor)}`
    return rows.map((row) => row.id)
  },

  /** Those called as the last name, inside of ones called as the names before it, case aside. */
  async foldersOfPath(tx: Tx, actor: Actor, names: readonly string[]): Promise<string[]> {
    const rows = await tx.$queryRaw<{ id: string }[]>`
      with recursive asked as (select array(select lower(n) from unnest(${[...names]}::text[]) with ordinality u(n, i) order by i desc) names),
      matching as (
        select f.id, f.parent_id, 1 depth from folder f, asked a where f.org_id = (select app.org_id()) and lower(f.name) = a.names[1] and ${shown(actor)}
        union all
        select m.id, f.parent_id, m.depth + 1 from matching m, asked a, folder f
        where f.org_id = (select app.org_id()) and f.id = m.parent_id and lower(f.name) = a.names[m.depth + 1] and ${shown(actor)}
      )
      select m.id from matching m, asked a where m.depth = cardinality(a.names)`
    return rows.map((row) => row.id)
  },

  /** By the whole name, the address, or what stands in it before the @. */
  async members(tx: Tx, named: string): Promise<string[]> {
    const rows = await tx.$queryRaw<{ id: string }[]>`
      select m.user_id::text id from app.member m
      where lower(${named}::text) in (lower(m.name), lower(m.email), split_part(lower(m.email), '@', 1))`
    return rows.map((row) => row.id)
  },
}
