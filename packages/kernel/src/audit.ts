import type { AuditedRead, PlatformDeed } from '@intellidocs/contracts'
import type { Actor } from './actor.ts'
import { noteNumbered, type Tx } from './unit-of-work.ts'

export type AuditEntry = {
  readonly action: AuditedRead | PlatformDeed
  readonly subjectType: string
  /** Null where nothing single was read. */
  readonly subjectId: string | null
  readonly data: Record<string, unknown>
}

/**
 * Writes down that something was read, in the transaction that reads it: if the row cannot be written, nothing is answered. What changes
 * something is written down by `Outbox.append`; written down here is also a checkpoint, of which nobody hears an event, and what an administrator of the
 * installation did to an organization, whose event stands in that one's chain.
 */
export async function recordAudit(tx: Tx, actor: Actor, entry: AuditEntry): Promise<void> {
  const { sessionId, keyId, address } = actor.source
  noteNumbered(tx)
  const count = await tx.$executeRaw`
    insert into audit (org_id, actor_id, actor_kind, session_id, key_id, address, action, subject_type, subject_id, data, request_id)
    values (${actor.orgId}::uuid, ${actor.userId}::uuid, ${actor.kind}, ${sessionId}::uuid, ${keyId}::uuid, ${address}::text, ${entry.action},
      ${entry.subjectType}, ${entry.subjectId}::text, ${JSON.stringify(entry.data)}::jsonb, ${actor.requestId})`
  if (count !== 1) throw new Error(`audit ${entry.action}: ${count} rows were written where one was expected`)
}
