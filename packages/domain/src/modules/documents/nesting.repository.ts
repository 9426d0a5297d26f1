import type { Tx } from '@intellidocs/kernel'
import type { ProcessingRef } from './processing.types.ts'

export type Nesting = { readonly depth: number; readonly others: number }

/**
 * How deep a document stands among those that came out of one upload (0: the upload itself), and how many there are in all but those within it. Walks
 * are by keys, and no further than `maxDepth`.
 */
export async function findNesting(tx: Tx, ref: ProcessingRef, maxDepth: number): Promise<Nesting> {
  const rows = await tx.$queryRaw<Nesting[]>`
    with recursive up as (
      select d.id, d.parent_id, 0 as depth from document d where d.org_id = ${ref.orgId}::uuid and d.id = ${ref.documentId}::uuid
      union all
      select p.id, p.parent_id, up.depth + 1 from up join document p on p.org_id = ${ref.orgId}::uuid and p.id = up.parent_id where up.depth <= ${maxDepth}
    ), down as (
      select id, 0 as depth from (select id from up order by depth desc limit 1) top
      union all
      select c.id, down.depth + 1 from down join document c on c.org_id = ${ref.orgId}::uuid and c.parent_id = down.id
      where down.id <> ${ref.documentId}::uuid and down.depth <= ${maxDepth}
    )
    select (select max(depth) from up)::int as depth, (select count(*) from down)::int as others`
  return rows[0] ?? { depth: 0, others: 0 }
}
