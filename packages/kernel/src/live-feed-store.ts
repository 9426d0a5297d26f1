import type { DocumentId, EventType, OrgId, UserId } from '@intellidocs/contracts'
import type { EventPosition } from './event-position.ts'
import type { Tx } from './unit-of-work.ts'

/** A committed event on its way to live listeners, with who may read its document at this moment. */
export type FeedEvent = {
  readonly position: EventPosition
  readonly orgId: OrgId
  readonly type: EventType
  readonly at: Date
  readonly actorId: UserId
  readonly documentId: DocumentId | null
  /** Who may hear of it, decided when it was written; null: the document's readers. */
  readonly audience: readonly string[] | null
  /** Principals that may read the document now; empty without a document and for one that is gone. */
  readonly readers: readonly string[]
  readonly payload: Readonly<Record<string, unknown>>
}

type Row = {
  id: bigint; xid: string; org_id: OrgId; type: EventType; at: Date; actor_id: UserId; document_id: DocumentId | null
  audience: string[] | null; readers: string[]; payload: Record<string, unknown>; settled: boolean
}

/** The place before which everything is decided: events of transactions still running come after it. */
export async function horizon(tx: Tx): Promise<EventPosition> {
  const [row] = await tx.$queryRaw<{ xid: string }[]>`select app.feed_horizon()::text as xid`
  if (row === undefined) throw new Error('the database did not tell its snapshot')
  return { xid: BigInt(row.xid), id: 0n }
}

/**
 * The next events after `after`, in order, and whether more are committed already but must wait for an older transaction to end.
 * The comparison with the horizon stands in the same statement, so both speak of one snapshot.
 */
export async function readFeed(tx: Tx, from: { after: EventPosition; limit: number }): Promise<{ events: FeedEvent[]; waiting: boolean }> {
  const { after, limit } = from
  const rows = await tx.$queryRaw<Row[]>`
    select e.id, e.xid::text as xid, e.org_id::text, e.type, e.at, e.actor_id::text, e.document_id::text, e.audience, e.payload,
      coalesce((select array_agg(r) from app.readers(e.org_id, e.document_id) r), '{}') as readers,
      e.xid < (select app.feed_horizon()) as settled
    from event e
    where (e.xid, e.id) > (${after.xid.toString()}::xid8, ${after.id}::bigint)
    order by e.xid, e.id limit ${limit}::int`
  const settled = rows.filter((row) => row.settled)
  return { events: settled.map(toFeedEvent), waiting: settled.length < rows.length }
}

const toFeedEvent = (row: Row): FeedEvent => ({
  position: { xid: BigInt(row.xid), id: row.id }, orgId: row.org_id, type: row.type, at: row.at, actorId: row.actor_id,
  documentId: row.document_id, audience: row.audience, readers: row.readers, payload: row.payload,
})
