import { eventPayloads } from '@intellidocs/contracts'
import type { Actor } from './actor.ts'
import { inputIssues } from './input-issues.ts'
import type { NewEvent, Outbox } from './outbox.types.ts'
import type { Subscriber } from './subscriber.ts'
import { noTracing, type Tracing } from './tracing.types.ts'
import { noteAppended, type Tx } from './unit-of-work.ts'

/** The outbox and the way to say who listens. `register` comes before the first `append`: deliveries are written for those known then. */
export type OutboxWithSubscribers = Outbox & { register(subscribers: readonly Subscriber[]): void }

export function createOutbox({ tracing = noTracing }: { tracing?: Tracing } = {}): OutboxWithSubscribers {
  const names = new Set<string>()
  const byType = new Map<string, string[]>()
  return {
    register: (subscribers) => {
      for (const { name, events } of subscribers) {
        if (names.has(name)) throw new Error(`two subscribers are called ${name}`)
        names.add(name)
        for (const type of new Set<string>(events)) byType.set(type, [...(byType.get(type) ?? []), name])
      }
    },
    append: async (tx, actor, event) => {
      const payload = checked(event)
      await tracing.span(`outbox ${event.type}`, {}, () => insert(tx, actor, event, {
        payload, subscribers: byType.get(event.type) ?? [], traceParent: tracing.current(),
      }))
      noteAppended(tx)
    },
    appendAll: async (tx, actor, events) => {
      const [first] = events
      if (first === undefined) return
      if (events.some(({ type }) => type !== first.type)) throw new Error('events of several types cannot be appended as one')
      await tracing.span(`outbox ${first.type}`, {}, () => insertAll(tx, actor, events, {
        payload: events.map(checked), subscribers: byType.get(first.type) ?? [], traceParent: tracing.current(),
      }))
      noteAppended(tx)
    },
  }
}

function checked(event: NewEvent): unknown {
  const parsed = eventPayloads[event.type].safeParse(event.payload)
  if (parsed.success) return parsed.data
  throw new Error(`event ${event.type}: the payload does not fit its contract: ${JSON.stringify(inputIssues(parsed.error))}`)
}

type Row = { readonly payload: unknown; readonly subscribers: readonly string[]; readonly traceParent: string | null }

/** One statement: event, one delivery a subscriber, and the audit row stand or fall together and cost one round trip. */
async function insert(tx: Tx, actor: Actor, event: NewEvent, { payload, subscribers, traceParent }: Row): Promise<void> {
  const audit = event.audit === false ? null : event.audit
  const count = await tx.$executeRaw`
    with new_event as (
      insert into event (org_id, type, actor_id, document_id, audience, payload, trace_parent)
      values (${actor.orgId}::uuid, ${event.type}, ${actor.userId}::uuid, ${event.documentId ?? null}::uuid,
              ${event.audience === undefined ? null : [...event.audience]}::text[], ${JSON.stringify(payload)}::jsonb, ${traceParent}::text)
      returning id, org_id
    ), new_delivery as (
      insert into delivery (org_id, event_id, subscriber)
      select new_event.org_id, new_event.id, subscriber from new_event, unnest(${[...subscribers]}::text[]) as subscriber
    ), new_audit as (
      insert into audit (org_id, actor_id, actor_kind, session_id, key_id, address, action, subject_type, subject_id, data, request_id)
      select new_event.org_id, ${actor.userId}::uuid, ${actor.kind}, ${actor.source.sessionId}::uuid, ${actor.source.keyId}::uuid,
             ${actor.source.address}::text, ${event.type}, ${audit?.subjectType ?? ''}, ${audit?.subjectId ?? null},
             ${JSON.stringify(audit?.data ?? {})}::jsonb, ${actor.requestId}
      from new_event where ${audit !== null}::boolean
    )
    select id from new_event`
  if (count !== 1) throw new Error(`event ${event.type}: ${count} rows were written where one was expected`)
}

async function insertAll(tx: Tx, actor: Actor, events: readonly NewEvent[], row: Row & { readonly payload: readonly unknown[] }): Promise<void> {
  const given = events.map((event, n) => ({ document_id: event.documentId ?? null, audience: event.audience ?? null, payload: row.payload[n] }))
  const audits = events.flatMap(({ audit }) => (audit === false ? [] : [{ subject_type: audit.subjectType, subject_id: audit.subjectId, data: audit.data ?? {} }]))
  const count = await tx.$executeRaw`
    with new_event as (
      insert into event (org_id, type, actor_id, document_id, audience, payload, trace_parent)
      select ${actor.orgId}::uuid, ${events[0]?.type ?? ''}, ${actor.userId}::uuid, x.document_id, x.audience, x.payload, ${row.traceParent}::text
      from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as x (document_id uuid, audience text[], payload jsonb)
      returning id, org_id
    ), new_delivery as (
      insert into delivery (org_id, event_id, subscriber)
      select new_event.org_id, new_event.id, subscriber from new_event, unnest(${[...row.subscribers]}::text[]) as subscriber
    ), new_audit as (
      insert into audit (org_id, actor_id, actor_kind, session_id, key_id, address, action, subject_type, subject_id, data, request_id)
      select ${actor.orgId}::uuid, ${actor.userId}::uuid, ${actor.kind}, ${actor.source.sessionId}::uuid, ${actor.source.keyId}::uuid,
             ${actor.source.address}::text, ${events[0]?.type ?? ''}, x.subject_type, x.subject_id, x.data, ${actor.requestId}
      from jsonb_to_recordset(${JSON.stringify(audits)}::jsonb) as x (subject_type text, subject_id text, data jsonb)
    )
    select id from new_event`
  if (count !== events.length) throw new Error(`event ${events[0]?.type}: ${count} rows were written where ${events.length} were expected`)
}
