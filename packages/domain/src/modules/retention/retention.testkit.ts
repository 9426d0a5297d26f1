import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { DocumentId, FolderId, HoldSelection } from '@intellidocs/contracts'
import { createIdempotency, createLiveFeed, createLog, createOutbox, createUnitOfWork, newId, type Actor } from '@intellidocs/kernel'
import { createFileBlobStore } from '@intellidocs/storage'
import { createTestOrg, testDatabase } from '@intellidocs/testing'
import pg from 'pg'
import { createModules } from '../../modules.ts'

const log = createLog({ level: 'silent', name: 'test' })

/** Only for tests: all modules on a fresh database and a clock that is set. Nothing runs but what is asked for. */
export async function openRetention() {
  const db = await testDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'intellidocs-retention-'))
  const admin = new pg.Client({ connectionString: db.adminUrl })
  await admin.connect()
  const time = { ahead: 0 }
  const clock = { now: () => new Date(Date.now() + time.ahead) }
  const unit = createUnitOfWork({ database: db.database, clock, onCommit: () => undefined })
  const blobs = createFileBlobStore(folder)
  const modules = createModules({
    ...unit, clock, log, outbox: createOutbox(), idempotency: createIdempotency(), liveFeed: createLiveFeed({ database: db.database, log }), blobs, embedder: null,
    secretKey: createHash('sha256').update('key of the tests of retention').digest(),
  })
  const { documents, retention } = modules
  const rows = async <T extends object>(sql: string, values: unknown[] = []): Promise<T[]> => (await admin.query<T>(sql, values)).rows
  const upload = async (actor: Actor, { folderId = null, tags = [], text = newId() }: { folderId?: FolderId | null; tags?: readonly string[]; text?: string } = {}): Promise<DocumentId> => {
    const { sha256, size } = await blobs.put(actor.orgId, Readable.from([Buffer.from(text)]), { maxBytes: 1e6 })
    const { document } = await documents.accept(actor, { name: 'a.txt', folderId, size, sha256, idempotencyKey: null, requestHash: newId(), onDuplicate: 'create' })
    if (tags.length > 0) await documents.tags.add(actor, { id: document.id, tags })
    return document.id
  }
  return {
    db, admin, unit, modules, documents, retention, blobs, clock, rows, upload,
    org: (name?: string) => createTestOrg(db.database, name),
    advance: (ms: number) => { time.ahead += ms },
    present: () => { time.ahead = 0 },
    folder: (actor: Actor, parentId: FolderId | null = null): Promise<FolderId> => documents.folders.create(actor, { name: newId(), parentId }).then(({ id }) => id),
    place: (actor: Actor, on: HoldSelection) => retention.holds.place(actor, { name: 'Case 12', reason: 'a suit was announced', on }),
    async trashed(actor: Actor, id: DocumentId): Promise<DocumentId> {
      await documents.trash(actor, { id })
      return id
    },
    isThere: async (id: DocumentId): Promise<boolean> => (await rows('select id from document where id = $1', [id])).length === 1,
    /** Everything that happened in the organization, in order: what a refusal must leave unchanged. */
    events: (actor: Actor) => rows<{ type: string }>('select id, type, payload from event where org_id = $1 order by id', [actor.orgId]),
    async close() {
      await admin.end()
      await db.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
export type RetentionHouse = Awaited<ReturnType<typeof openRetention>>
