import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { DocumentId, RunRef, UploadAnswer } from '@intellidocs/contracts'
import {
  createIdempotency, createLog, createOutbox, createUnitOfWork, newId, nothingHeld, systemClock, type Actor, type CommittedEvent, type PassageIndex,
  type Tx,
} from '@intellidocs/kernel'
import { createFileBlobStore } from '@intellidocs/storage'
import { createTestOrg, testDatabase, unlimitedQuota } from '@intellidocs/testing'
import { createDocumentsModule } from './documents.module.ts'
import type { DocumentsDeps } from './documents.deps.ts'
import type { AcceptInput } from './documents.types.ts'
import type { FolderReadersRef } from './folder-readers.types.ts'
import { rewriteReaders } from './use-cases/rewrite-readers.ts'
import type { ProcessingGateway, ProcessingRef, RunStatus } from './processing.types.ts'

/** Only for tests: the module on a fresh database and a folder of blobs, with the two ports it needs as records of what they were asked. */
export async function openTestModule(overrides: Partial<DocumentsDeps> = {}) {
  const db = await testDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'intellidocs-documents-'))
  const gateway = recordingGateway()
  const passages = noPassages()
  const rewritten: FolderReadersRef[] = []
  const outbox = createOutbox()
  const deps: DocumentsDeps = {
    ...createUnitOfWork({ database: db.database, clock: systemClock, onCommit: () => undefined }), outbox, idempotency: createIdempotency(),
    quota: unlimitedQuota, deletions: nothingHeld, blobs: createFileBlobStore(folder), passages, clock: systemClock,
    log: createLog({ level: 'silent', name: 'test' }),
    secretKey: Buffer.alloc(32, 3), processing: gateway,
    folderReaders: { rewrite: async (ref) => { rewritten.push(ref) } }, ...overrides,
  }
  const documents = createDocumentsModule(deps)
  outbox.register(documents.subscribers)

  async function upload(actor: Actor, content: string, more: Partial<AcceptInput> = {}): Promise<UploadAnswer> {
    const { sha256, size } = await deps.blobs.put(actor.orgId, Readable.from([Buffer.from(content)]), { maxBytes: 1e6 })
    return documents.accept(
      actor, { name: 'a.txt', folderId: null, size, sha256, idempotencyKey: null, requestHash: newId(), onDuplicate: 'create', ...more },
    )
  }
  /** The present attempt at a document's last version. */
  async function refOf(actor: Actor, id: DocumentId): Promise<ProcessingRef> {
    const [version] = (await documents.versions.list(actor, { id, limit: 1 })).items
    if (version === undefined) throw new Error('no version')
    return { orgId: actor.orgId, documentId: id, versionId: version.id, attempt: version.attempt }
  }
  /** Everything that happened in the organization, in order: what a refusal must leave unchanged. */
  const events = (actor: Actor): Promise<{
    id: bigint; type: string; payload: unknown; audience: string[] | null; documentId: DocumentId | null
  }[]> =>
    deps.runInTx(actor, (tx) => tx.$queryRaw`select id, type, payload, audience, document_id as "documentId" from event order by xid, id`)
  const count = async (
    actor: Actor, table: 'document' | 'document_version' | 'document_reader' | 'document_tag' | 'page' | 'page_layout' | 'audit' | 'usage_entry',
  ): Promise<number> => {
    const rows = await deps.runInTx(actor, (tx) => tx.$queryRawUnsafe<{ n: number }[]>(`select count(*)::int as n from ${table}`))
    return rows[0]?.n ?? 0
  }
  /** Hands an event to a subscriber as the relay would. */
  const deliver = async (actor: Actor, name: string, event: { type: string; payload: unknown }): Promise<void> => {
    const subscriber = documents.subscribers.find((candidate) => candidate.name === name)
    if (subscriber === undefined) throw new Error(`no subscriber ${name}`)
    const committed = { id: 1n, orgId: actor.orgId, actorId: actor.userId, at: new Date(), ...event } as CommittedEvent
    await subscriber.handle(committed, new AbortController().signal)
  }
  return {
    ...documents, hold: lockHolder(deps, db.kind), settleFolders: folderSettler({ deps, rewritten, events, deliver }),
    deps, gateway, passages, db, upload, refOf, events, count, deliver, org: (name?: string) => createTestOrg(db.database, name),
    async close() {
      await db.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export type TestModule = Awaited<ReturnType<typeof openTestModule>>

async function waitingSessions(tx: Tx): Promise<number> {
  // A transaction goes on seeing the sessions that there were at its first look.
  await tx.$queryRaw`select pg_stat_clear_snapshot()::text`
  const rows = await tx.$queryRaw<{ n: number }[]>`select count(distinct l.pid)::int as n from pg_locks l
    join pg_stat_activity a on a.pid = l.pid and a.datname = current_database() where not l.granted`
  return rows[0]?.n ?? 0
}

function recordingGateway(): ProcessingGateway & { started: ProcessingRef[]; cancelled: unknown[]; statusIs: RunStatus; open: RunRef[] } {
  const gateway = {
    runsAtOnce: 1_000, started: [] as ProcessingRef[], cancelled: [] as unknown[], statusIs: 'absent' as RunStatus, open: [] as RunRef[],
    start: (ref: ProcessingRef) => {
      gateway.started.push(ref)
      return Promise.resolve()
    },
    cancel: (ref: unknown) => {
      gateway.cancelled.push(ref)
      return Promise.resolve()
    },
    status: (_run: RunRef) => Promise.resolve(gateway.statusIs),
    async *openRuns() { yield await Promise.resolve(gateway.open) },
  }
  return gateway
}

const noPassages = (): PassageIndex => ({ index: () => Promise.resolve({ passages: 0 }), remove: () => Promise.resolve(), made: () => Promise.resolve([]) })

type Happened = { id: bigint; type: string; payload: unknown }
type Settling = {
  deps: DocumentsDeps; rewritten: FolderReadersRef[]; events: (actor: Actor) => Promise<Happened[]>
  deliver: (actor: Actor, name: string, event: { type: string; payload: unknown }) => Promise<void>
}

/** Does what the worker would do about the changes of the tree since the last time. */
function folderSettler({ deps, rewritten, events, deliver }: Settling): (actor: Actor) => Promise<void> {
  const settled = new Set<bigint>()
  return async (actor) => {
    for (const { id, type, payload } of await events(actor)) {
      if (!['documents.folder-changed.v1', 'documents.folder-visibility-set.v1'].includes(type) || settled.has(id)) continue
      settled.add(id)
      await deliver(actor, 'documents.rewrite-readers', { type, payload })
    }
    // Others may settle theirs at the same time.
    for (const ref of rewritten.filter(({ orgId }) => orgId === actor.orgId)) {
      rewritten.splice(rewritten.indexOf(ref), 1)
      let after = await rewriteReaders(deps, ref, null)
      while (after !== null) after = await rewriteReaders(deps, ref, after)
    }
  }
}

/**
 * Keeps the locks that `work` takes until `release`. `waiting` resolves when that many other sessions wait for a lock; the embedded database
 * has one session, in which nobody waits for a lock but for their turn.
 */
function lockHolder(deps: DocumentsDeps, kind: 'native' | 'pglite') {
  return async (actor: Actor, work: (tx: Tx) => Promise<unknown>) => {
    const ready = Promise.withResolvers<(sessions: number) => Promise<void>>()
    const release = Promise.withResolvers<void>()
    const done = deps.runInTx(actor, async (tx) => {
      await work(tx)
      ready.resolve(async (sessions) => { while (kind === 'native' && await waitingSessions(tx) < sessions) { /* asked again */ } })
      await release.promise
    })
    done.catch(ready.reject)
    const waiting = await ready.promise
    return { waiting, release: () => { release.resolve(); return done } }
  }
}
