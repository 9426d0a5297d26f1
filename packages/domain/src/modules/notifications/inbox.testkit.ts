import type { DocumentId, EventPayload, EventType, FlowId, FlowRunId, FlowTaskId, FolderId, OrgId, UserId, VersionId } from '@intellidocs/contracts'
import {
  createCallerFactory, createLog, createOutbox, createUnitOfWork, newId, noSource, router, type Actor, type CommittedEvent, type NewEvent, type RequestContext,
} from '@intellidocs/kernel'
import type { MailSender, Message } from '@intellidocs/mail'
import { createTestOrg, testDatabase, type TestDatabase } from '@intellidocs/testing'
import pg from 'pg'
import { createMailModule } from '../mail/index.ts'
import { createNotificationsModule } from './index.ts'

const log = createLog({ level: 'silent', name: 'test' })
export const secretKey = Buffer.alloc(32, 5)

/** Both modules with a way out that is a record, and a clock that stands. */
function compose(db: TestDatabase, place: { now: Date; away: boolean }) {
  const sent: Message[] = []
  const attempts: string[] = []
  const sender: MailSender = {
    async send(message) {
      if (place.away) throw new Error('the mail server is away')
      sent.push(message)
    },
  }
  const clock = { now: () => place.now }
  const outbox = createOutbox()
  const unit = createUnitOfWork({ database: db.database, clock, onCommit: () => undefined })
  const liveFeed = { start: () => Promise.resolve(), position: () => null, subscribe: () => () => undefined, close: () => Promise.resolve() }
  const mail = createMailModule({
    ...unit, clock, outbox, secretKey, postman: { sender, publicUrl: 'https://docs.example.org' }, makeNotice: (orgId, notice) => notifications.makeNotice(orgId, notice),
  })
  const notifications = createNotificationsModule({
    ...unit, outbox, clock, liveFeed, notices: mail.notices, secretKey,
    attemptGuard: { attempt: async (deed, { ip }) => { attempts.push(`${deed} ${ip}`) }, admit: () => Promise.resolve(), succeeded: () => Promise.resolve() },
  })
  const subscribers = [...mail.subscribers, ...notifications.subscribers]
  outbox.register(subscribers)
  return { sent, attempts, outbox, unit, mail, notifications, subscribers }
}

type Delivery = { id: string; subscriber: string; event: CommittedEvent }

type Rows = <T extends object>(sql: string, values?: unknown[]) => Promise<T[]>

/** What notifications are about, as rows. */
function makersOf(rows: Rows) {
  return {
    /** Readers are principals; the uploader is the owner. */
    async document(orgId: OrgId, ownerId: UserId, { name = 'Lease.pdf', readers }: { name?: string; readers: readonly string[] }): Promise<{ documentId: DocumentId; versionId: VersionId }> {
      const [documentId, versionId] = [newId() as DocumentId, newId() as VersionId]
      await rows('begin')
      await rows('insert into document (id, org_id, owner_id, name, current_version_id) values ($1, $2, $3, $4, $5)', [documentId, orgId, ownerId, name, versionId])
      await rows(`insert into document_version (id, org_id, document_id, number, file_name, sha256, size, created_by) values ($1, $2, $3, 1, 'x', repeat('0', 64), 1, $4)`,
        [versionId, orgId, documentId, ownerId])
      await rows('insert into document_reader (org_id, principal, created_at, document_id) select $1, p, now(), $2 from unnest($3::text[]) p', [orgId, documentId, readers])
      await rows('commit')
      return { documentId, versionId }
    },
    async folder(orgId: OrgId, ownerId: UserId, { name = 'Leases', visibility = 'restricted' } = {}): Promise<FolderId> {
      const id = newId() as FolderId
      await rows('insert into folder (id, org_id, name, created_by, visibility) values ($1, $2, $3, $4, $5)', [id, orgId, name, ownerId, visibility])
      return id
    },
    /** As `grants.set` leaves it, for a document its reader row included. */
    async grant(by: Actor, on: { documentId: DocumentId | null; folderId: FolderId | null }, principal: string): Promise<NewEvent> {
      await rows(`insert into access_grant (id, org_id, folder_id, document_id, principal, level, granted_by) values ($1, $2, $3, $4, $5, 'view', $6)`,
        [newId(), by.orgId, on.folderId, on.documentId, principal, by.userId])
      if (on.documentId !== null) await rows('insert into document_reader (org_id, principal, created_at, document_id) values ($1, $2, now(), $3) on conflict do nothing', [by.orgId, principal, on.documentId])
      const subject = on.documentId === null ? { subjectType: 'folder', subjectId: on.folderId ?? '' } : { subjectType: 'document', subjectId: on.documentId }
      return { type: 'documents.grant-set.v1', payload: on, audit: { ...subject, data: { principal } }, ...(on.documentId === null ? {} : { documentId: on.documentId }) }
    },
    /** Takes a reader from a document. */
    revoke: (documentId: DocumentId, principal: string) => rows('delete from document_reader where document_id = $1 and principal = $2', [documentId, principal]),
  }
}

/** The inbox on a fresh database. Only for tests. */
export async function openInbox() {
  const db = await testDatabase({ maxConnections: 20 })
  const admin = new pg.Client({ connectionString: db.adminUrl })
  await admin.connect()
  const place = { now: new Date(), away: false }
  const composed = compose(db, place)
  const createCaller = createCallerFactory(router(composed.notifications.routers))
  const { unit, outbox, subscribers } = composed

  const contextOf = (actor: Actor): RequestContext => ({
    requestId: actor.requestId, log, actor, person: { userId: actor.userId, platformAdmin: false, requestId: actor.requestId, source: noSource },
    via: actor.kind === 'apiKey' ? 'apiKey' : 'session', sessionToken: null, orgRequested: actor.orgId, ip: '192.0.2.1', setCookie: () => undefined,
    countCall: () => Promise.resolve(), stillValid: () => Promise.resolve(actor.principals),
  })
  async function rows<T extends object>(sql: string, values: unknown[] = []): Promise<T[]> {
    return (await admin.query<T>(sql, values)).rows
  }
  async function deliveries(): Promise<Delivery[]> {
    const found = await rows<{ id: string; subscriber: string; event_id: string; org_id: OrgId; type: EventType; actor_id: UserId; at: Date; payload: never }>(`
      select d.id, d.subscriber, e.id as event_id, e.org_id, e.type, e.actor_id, e.at, e.payload from delivery d join event e on e.id = d.event_id order by d.id`)
    return found.map(({ id, subscriber, event_id: eventId, org_id: orgId, type, actor_id: actorId, at, payload }) =>
      ({ id, subscriber, event: { id: BigInt(eventId), orgId, type, actorId, at, payload } as CommittedEvent }))
  }
  const hand = async ({ subscriber, event }: Pick<Delivery, 'subscriber' | 'event'>): Promise<void> => {
    await subscribers.find(({ name }) => name === subscriber)?.handle(event, new AbortController().signal)
  }
  return {
    ...composed, db, place, rows, deliveries, hand,
    org: (name?: string) => createTestOrg(db.database, name),
    /** The API as this actor calls it. */
    as: (actor: Actor) => createCaller(contextOf(actor)).notifications,
    happen: (actor: Actor, event: NewEvent): Promise<void> => unit.runInTx(actor, (tx) => outbox.append(tx, actor, event)),
    /** Delivers all there is, one after the other, until nothing is left; without those of `but`, which stay. Answers what was delivered. */
    async settle({ but = [] }: { but?: readonly string[] } = {}): Promise<Delivery[]> {
      const done: Delivery[] = []
      for (;;) {
        const next = (await deliveries()).find(({ subscriber }) => !but.includes(subscriber))
        if (next === undefined) return done
        await hand(next)
        await rows('delete from delivery where id = $1', [next.id])
        done.push(next)
      }
    },
    ...makersOf(rows),
    async close() {
      await admin.end()
      await db.close()
    },
  }
}
export type Inbox = Awaited<ReturnType<typeof openInbox>>

type OfRun = EventPayload<'workflows.task-assigned.v1' | 'workflows.task-reminded.v1' | 'workflows.run-ended.v1' | 'workflows.commented.v1' | 'workflows.version-wanted.v1'>
/** What flows say, of a run and a task that are new. */
export const flowEvents = (documentId: DocumentId, runId = newId() as FlowRunId, taskId = newId() as FlowTaskId) => {
  const said = <T extends EventType>(type: T, payload: Omit<Extract<EventPayload<T>, OfRun>, 'runId' | 'documentId'>): NewEvent =>
    ({ type, payload: { runId, documentId, ...payload }, documentId, audit: false }) as NewEvent
  return {
    runId, taskId,
    assigned: (assigneeId: UserId) => said('workflows.task-assigned.v1', { taskId, assigneeId, dueAt: null, why: 'asked' }),
    reminded: (assigneeId: UserId) => said('workflows.task-reminded.v1', { taskId, assigneeId, dueAt: '2026-11-29T10:00:00.000Z', overdue: true }),
    ended: (requesterId: UserId) => said('workflows.run-ended.v1', { flowId: newId() as FlowId, outcome: 'approved', requesterId }),
    wanted: (requesterId: UserId, ownerId = requesterId) => said('workflows.version-wanted.v1', { requesterId, ownerId }),
    commented: (mentions: UserId[]) => said('workflows.commented.v1', { commentId: newId() as EventPayload<'workflows.commented.v1'>['commentId'], mentions }),
    decided: (byId: UserId): NewEvent => ({ type: 'workflows.task-decided.v1', payload: { runId, documentId, taskId, byId, verdict: 'approve' }, documentId, audit: false }),
  }
}
