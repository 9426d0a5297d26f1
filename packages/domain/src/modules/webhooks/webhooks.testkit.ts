import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { DocumentId, WebhookBody, WebhookDeliveryId, WebhookEventType } from '@intellidocs/contracts'
import { createEgress, type Egress, type EgressAnswer, type EgressRequest } from '@intellidocs/egress'
import {
  createIdempotency, createLiveFeed, createLog, createOutbox, createUnitOfWork, newId, type Actor, type CommittedEvent, type NewEvent, type Subscriber, type Tx,
} from '@intellidocs/kernel'
import { createFileBlobStore, type BlobStore } from '@intellidocs/storage'
import { createTestOrg, testDatabase, type TestOrg } from '@intellidocs/testing'
import pg from 'pg'
import { createModules, subscribersOf, type Modules } from '../../modules.ts'
import { createWebhooksModule, type WebhooksModuleDeps } from './webhooks.module.ts'
import type { Rest, WebhookRef } from './webhooks.types.ts'

const log = createLog({ level: 'silent', name: 'test' })
export const testKey = createHash('sha256').update('key of the tests of webhooks').digest()

/** What a receiver is sent and says; a status alone, or a throw. */
export type Receive = (request: EgressRequest) => number | EgressAnswer | Promise<number | EgressAnswer>
type OutboxRow = { delivery: bigint; id: bigint; org_id: string; type: string; actor_id: string; at: Date; payload: unknown; subscriber: string }

const ofDocument = (type: 'documents.trashed.v1' | 'documents.restored.v1', documentId: DocumentId): NewEvent => ({ type, payload: { documentId }, documentId, audit: false })

/** Only for tests: all modules on a fresh database, a clock that is set, and a receiver that says what a test wants. Nothing runs but what is asked for. */
export async function openWebhooks() {
  const db = await testDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'intellidocs-webhooks-'))
  const admin = new pg.Client({ connectionString: db.adminUrl })
  await admin.connect()
  const time = { ahead: 0 }
  const clock = { now: () => new Date(Date.now() + time.ahead) }
  const unit = createUnitOfWork({ database: db.database, clock, onCommit: () => undefined })
  const receiving: { receive: Receive } = { receive: () => 204 }
  const sent: EgressRequest[] = []
  const woken: WebhookRef[] = []
  const blobs = createFileBlobStore(folder)
  const outbox = createOutbox()
  const { mayTry } = createEgress()
  const egress: Egress = {
    mayTry,
    post: async (request) => {
      sent.push(request)
      const answer = await receiving.receive(request)
      return typeof answer === 'number' ? { status: answer, body: Buffer.from(`says ${answer}`), cut: false } : answer
    },
  }
  const deps = { ...unit, clock, log, outbox, egress, secretKey: testKey, webhooks: { wake: async (ref: WebhookRef) => { woken.push(ref) } } }
  const modules = createModules({
    ...deps, idempotency: createIdempotency(), liveFeed: createLiveFeed({ database: db.database, log }), blobs, embedder: null,
  })
  const { webhooks, documents } = modules

  const relay = relayOf(admin, modules)
  const happen = (actor: Actor, event: NewEvent) => unit.runInTx(actor, (tx: Tx) => outbox.append(tx, actor, event))
  const round = (ref: WebhookRef, signal = new AbortController().signal): Promise<Rest> => webhooks.deliverDue(ref, signal)
  return {
    db, admin, unit, modules, webhooks, ...relay, round, sent, woken, receiving, clock,
    /** The module once more, otherwise. */
    otherwise: (over: Partial<WebhooksModuleDeps>) => createWebhooksModule({ ...deps, quota: modules.subscriptions.quota, memberActor: modules.users.acting.actorOf, ...over }),
    org: (name?: string) => createTestOrg(db.database, name),
    advance: (ms: number) => { time.ahead += ms }, happen,
    /** As at the beginning: the present time, a receiver that takes everything, nothing sent. Answers a new organization. */
    async fresh(): Promise<TestOrg> {
      time.ahead = 0
      receiving.receive = () => 204
      sent.length = 0
      woken.length = 0
      return createTestOrg(db.database)
    },
    trash: (actor: Actor, id: DocumentId) => happen(actor, ofDocument('documents.trashed.v1', id)),
    restore: (actor: Actor, id: DocumentId) => happen(actor, ofDocument('documents.restored.v1', id)),
    list: (actor: Actor, { endpointId }: Pick<WebhookRef, 'endpointId'>) => webhooks.deliveries.list(actor, { endpointId, limit: 50 }),
    upload: uploadOf(blobs, documents),
    /** As where somebody accepts an invitation, before they are at work in the organization. */
    happenBefore: (actor: Actor, event: NewEvent) => unit.runAsIdentity((tx) => outbox.append(tx, actor, event)),
    async endpoint(actor: Actor, events: WebhookEventType[] | null = null) {
      const made = await webhooks.endpoints.create(actor, { url: 'https://hooks.example.org/in', description: '', events })
      return { ...made, ref: { orgId: actor.orgId, endpointId: made.endpoint.id } }
    },
    ...lookingAt(admin),
    /** What was sent since the last time. */
    told: () => sent.splice(0).map(({ body }) => JSON.parse(body) as WebhookBody),
    async close() {
      await admin.end()
      await db.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
export type WebhooksHouse = Awaited<ReturnType<typeof openWebhooks>>

/** Hands events to the subscribers of webhooks as the relay would. */
function relayOf(admin: pg.Client, modules: Modules) {
  const handle = async (row: OutboxRow, subscribers: readonly Subscriber[] = subscribersOf(modules)): Promise<void> => {
    const event = { id: BigInt(row.id), orgId: row.org_id, type: row.type, actorId: row.actor_id, at: row.at, payload: row.payload } as CommittedEvent
    await subscribers.find(({ name }) => name === row.subscriber)?.handle(event, new AbortController().signal)
  }
  const waiting = async (): Promise<OutboxRow[]> => (await admin.query<OutboxRow>(`select d.id as delivery, e.id, e.org_id, e.type, e.actor_id, e.at, e.payload, d.subscriber
    from delivery d join event e on e.id = d.event_id where d.subscriber like 'webhooks.%' and d.state = 'pending' order by e.id`)).rows
  return {
    handle, waiting,
    /** What waits, oldest first, each once; `only`: what of it. */
    async relay(only: (row: OutboxRow) => boolean = () => true): Promise<void> {
      for (const row of (await waiting()).filter(only)) {
        await handle(row)
        await admin.query('delete from delivery where id = $1', [row.delivery])
      }
    },
  }
}

const uploadOf = (blobs: BlobStore, documents: Modules['documents']) => async (actor: Actor, name = 'a.txt'): Promise<DocumentId> => {
  const { sha256, size } = await blobs.put(actor.orgId, Readable.from([Buffer.from(newId())]), { maxBytes: 1e6 })
  const { document } = await documents.accept(actor, { name, folderId: null, size, sha256, idempotencyKey: null, requestHash: newId(), onDuplicate: 'create' })
  return document.id
}

type DeliveryRow = { readonly id: WebhookDeliveryId; readonly event_type: string; readonly state: string; readonly tries: number }

/** Past all services. */
function lookingAt(admin: pg.Client) {
  const rows = async (ref: WebhookRef): Promise<DeliveryRow[]> => (await admin.query<DeliveryRow>(
    'select id, event_type, state, tries from webhook_delivery where endpoint_id = $1 order by event_id', [ref.endpointId])).rows
  return {
    rows,
    states: async (ref: WebhookRef) => (await rows(ref)).map(({ event_type, state, tries }) => [event_type, state, tries]),
    endpointOf: async (ref: WebhookRef) => (await admin.query<{ state: string; paused_why: string | null; failing_since: Date | null; failures: number }>(
      'select state, paused_why, failing_since, failures from webhook_endpoint where id = $1', [ref.endpointId])).rows[0],
  }
}
