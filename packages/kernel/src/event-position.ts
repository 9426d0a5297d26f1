/**
 * Where an event stands in the order of the feed: by transaction, then by id. Below the oldest running transaction
 * nothing can appear between two events any more, which is what makes resuming without gaps possible.
 */
export type EventPosition = { readonly xid: bigint; readonly id: bigint }

const MAX_XID = 2n ** 64n - 1n
const MAX_ID = 2n ** 63n - 1n

/** `<xid>-<id>`, the event id that clients see and resume from. */
export const formatPosition = ({ xid, id }: EventPosition): string => `${xid}-${id}`

/** The position a client sent back; null when it is not one. */
export function parsePosition(eventId: string): EventPosition | null {
  const match = /^(\d{1,20})-(\d{1,19})$/.exec(eventId)
  if (match?.[1] === undefined || match[2] === undefined) return null
  const position = { xid: BigInt(match[1]), id: BigInt(match[2]) }
  return position.xid <= MAX_XID && position.id <= MAX_ID ? position : null
}

export const isAfter = (a: EventPosition, b: EventPosition): boolean => a.xid > b.xid || (a.xid === b.xid && a.id > b.id)
