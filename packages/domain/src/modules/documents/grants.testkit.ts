import type { GroupId } from '@intellidocs/contracts'
import type { Actor } from '@intellidocs/kernel'
import type pg from 'pg'

/** The actor as their next request finds them: with the folders that are granted to them now. */
export async function presentOf(admin: pg.Client, actor: Actor, groups: readonly GroupId[] = []): Promise<Actor> {
  const direct = [...(actor.role === 'guest' ? [] : [`org:${actor.orgId}`]), `user:${actor.userId}`, ...groups.map((id) => `group:${id}`)]
  const { rows } = await admin.query<{ folder: string }>(
    'select distinct folder_id as folder from access_grant where org_id = $1 and folder_id is not null and principal = any($2)', [actor.orgId, direct])
  return { ...actor, principals: [...direct, ...rows.map(({ folder }) => `folder:${folder}`)] }
}
