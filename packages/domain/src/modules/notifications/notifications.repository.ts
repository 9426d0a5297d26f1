import type { DocumentId, EventType, UserId } from '@intellidocs/contracts'
import type { Actor, EventPosition, Tx } from '@intellidocs/kernel'
import { decidesTasks, flowTypes, hearableTypes, personalTypes, readsDocuments, readsFlows, readsNotifications } from './notifications.policy.ts'

/** An event that the reader may hear, as it left the table. */
export type HeardEvent = {
  readonly position: EventPosition
  readonly type: EventType
  readonly at: Date
  readonly actorId: UserId
  readonly documentId: DocumentId | null
  readonly payload: Readonly<Record<string, unknown>>
}

type Row = { id: bigint; xid: string; type: EventType; at: Date; actor_id: UserId; document_id: DocumentId | null; payload: Record<string, unknown> }

export type ReplayPage = { readonly actor: Actor; readonly after: EventPosition; readonly documentId: DocumentId | null; readonly limit: number }

export const notificationsRepository = {
  /**
   * The next settled events after a position that the actor may hear, in order, at most `limit`. Events of transactions that might still
   * be overtaken are left to the live feed.
   */
  async replay(tx: Tx, { actor, after, documentId, limit }: ReplayPage): Promise<HeardEvent[]> {
    const { anybodys, own } = hearableTypes(actor)
    const principals = [...actor.principals]
    const [reads, told] = [readsDocuments(actor), readsNotifications(actor)]
    const rows = await tx.$queryRaw<Row[]>`
      select e.id, e.xid::text as xid, e.type, e.at, e.actor_id::text, e.document_id::text, e.payload
      from event e
      where e.org_id = ${actor.orgId}::uuid
        and (e.xid, e.id) > (${after.xid.toString()}::xid8, ${after.id}::bigint)
        and e.xid < (select app.feed_horizon())
        and (${documentId}::uuid is null or e.document_id = ${documentId}::uuid)
        and case
          when e.type = any(${[...personalTypes]}::text[]) then ${told}::boolean and e.audience && ${principals}::text[] and (e.document_id is null
            or (${reads}::boolean and exists (select from app.readable(${actor.orgId}::uuid, ${principals}::text[]) d where d.id = e.document_id)))
          when starts_with(e.type, ${flowTypes}) and not (${readsFlows(actor)}::boolean or (${decidesTasks(actor)}::boolean and (
            e.payload->>'assigneeId' is not distinct from ${actor.userId}
            or (e.type = 'workflows.task-decided.v1' and e.payload->>'byId' is not distinct from ${actor.userId})))) then false
          when e.audience is not null then ${reads}::boolean and e.audience && ${principals}::text[]
          when e.document_id is not null then ${reads}::boolean and exists (
            select from app.readable(${actor.orgId}::uuid, ${principals}::text[]) d where d.id = e.document_id)
          else e.type = any(${anybodys}::text[]) or (e.type = any(${own}::text[]) and e.actor_id = ${actor.userId}::uuid)
        end
      order by e.xid, e.id limit ${limit}::int`
    return rows.map((row) => ({
      position: { xid: BigInt(row.xid), id: row.id }, type: row.type, at: row.at, actorId: row.actor_id,
      documentId: row.document_id, payload: row.payload,
    }))
  },
}
export type NotificationsRepository = typeof notificationsRepository
