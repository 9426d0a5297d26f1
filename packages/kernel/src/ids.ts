import { randomUUID } from 'node:crypto'
import { v7 } from 'uuid'

/** A new UUIDv7: sorts by the time it was made, so that primary keys grow at one end of their index. */
export const newId = (): string => v7()

/** Names one request in logs, errors and the audit. Nothing is sorted by it, so it is random throughout: Node draws those fifty times as fast. */
export const newRequestId = (): string => randomUUID()
