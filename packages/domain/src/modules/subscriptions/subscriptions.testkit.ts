import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { SYSTEM_USER_ID, type DocumentId, type PlanName, type PlanOverrides, type QuotaRefusal, type UploadAnswer } from '@intellidocs/contracts'
import {
  AppError, createCallerFactory, createIdempotency, createLiveFeed, createLog, createOutbox, createUnitOfWork, newId, noSource, router, type Actor, type RequestContext,
} from '@intellidocs/kernel'
import { createFileBlobStore } from '@intellidocs/storage'
import { createTestOrg, testDatabase } from '@intellidocs/testing'
import pg from 'pg'
import { createModules, type ModuleDeps } from '../../modules.ts'
import type { Administrator } from './administering.ts'

const log = createLog({ level: 'silent', name: 'test' })

export const administrator: Administrator = { userId: SYSTEM_USER_ID, requestId: 'test', source: noSource }

/** How a call ended: its answer's promise kept, or the code of its refusal with what it says. */
export type Ended = { readonly code: 'ok' } | { readonly code: string; readonly details: unknown }
export async function ending(work: Promise<unknown>): Promise<Ended> {
  try {
    await work
    return { code: 'ok' }
  } catch (error) {
    const app = error instanceof AppError ? error : (error as { cause?: unknown }).cause
    if (!(app instanceof AppError)) throw error
    return { code: app.code, details: app.details }
  }
}
export const codes = (ended: readonly Ended[], code: string): number => ended.filter((one) => one.code === code).length
export const refusals = (ended: readonly Ended[]): QuotaRefusal[] => ended.flatMap((one) => (one.code === 'quota.exceeded' && 'details' in one ? [one.details as QuotaRefusal] : []))

/** Only for tests: all modules on a fresh database with a clock that is set. */
export async function openPlans(given: Partial<ModuleDeps> = {}) {
  const db = await testDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'intellidocs-plans-'))
  const admin = new pg.Client({ connectionString: db.adminUrl })
  await admin.connect()
  const time = { ahead: 0 }
  const clock = { now: () => new Date(Date.now() + time.ahead) }
  const unit = createUnitOfWork({ database: db.database, clock, onCommit: () => undefined })
  const [blobs, outbox] = [createFileBlobStore(folder), createOutbox()]
  const modules = createModules({
    ...unit, clock, log, outbox, blobs, idempotency: createIdempotency(), liveFeed: createLiveFeed({ database: db.database, log }), embedder: null,
    secretKey: Buffer.alloc(32, 7), attemptGuard: { attempt: () => Promise.resolve(), admit: () => Promise.resolve(), succeeded: () => Promise.resolve() }, ...given,
  })
  const createCaller = createCallerFactory(router({ ...modules.orgs.routers, ...modules.subscriptions.routers, ...modules.webhooks.routers }))
  const contextOf = (actor: Actor): RequestContext => ({
    requestId: actor.requestId, log, person: { userId: actor.userId, platformAdmin: false, requestId: actor.requestId, source: noSource }, actor, via: 'session',
    sessionToken: null, orgRequested: actor.orgId, ip: '192.0.2.1', setCookie: () => undefined, countCall: () => Promise.resolve(), stillValid: () => Promise.resolve([]),
  })
  async function rows<T extends object>(sql: string, values: unknown[] = []): Promise<T[]> {
    return (await admin.query<T>(sql, values)).rows
  }
  /** Stores bytes once, and answers what makes a document of them each time. */
  async function acceptor(actor: Actor, content = newId()): Promise<(documentId?: DocumentId) => Promise<UploadAnswer>> {
    const { sha256, size } = await blobs.put(actor.orgId, Readable.from([Buffer.from(content)]), { maxBytes: 1e6 })
    return (documentId) => {
      const given = { name: 'a.txt', folderId: null, size, sha256, idempotencyKey: null, requestHash: newId(), onDuplicate: 'create' as const }
      return modules.documents.accept(actor, documentId === undefined ? given : { ...given, documentId })
    }
  }
  const upload = async (actor: Actor, content?: string, documentId?: DocumentId): Promise<UploadAnswer> => (await acceptor(actor, content))(documentId)
  return {
    db, modules, unit, clock, rows, upload, acceptor, ...modules.subscriptions,
    as: (actor: Actor) => createCaller(contextOf(actor)),
    org: () => createTestOrg(db.database),
    /** On a plan, with limits of its own. */
    async orgOn(plan: PlanName, overrides: PlanOverrides = {}) {
      const made = await createTestOrg(db.database)
      await modules.subscriptions.setPlan(administrator, { orgId: made.org.id, plan, overrides })
      return made
    },
    used: async (actor: Actor, meter: string): Promise<number> =>
      Number((await rows<{ used: string }>('select used from usage_counter where org_id = $1 and meter = $2', [actor.orgId, meter]))[0]?.used ?? 0),
    written: async (actor: Actor, kind: string): Promise<number> =>
      Number((await rows<{ sum: string | null }>('select sum(amount) from usage_entry where org_id = $1 and kind = $2', [actor.orgId, kind]))[0]?.sum ?? 0),
    told: async (actor: Actor) => (await rows<{ payload: Record<string, unknown> }>(
      `select payload from event where org_id = $1 and type = 'subscriptions.quota-neared.v1' order by id`, [actor.orgId])).map(({ payload }) => payload),
    setAhead: (ms: number): void => { time.ahead = ms },
    async close() {
      await admin.end()
      await db.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
export type PlansHouse = Awaited<ReturnType<typeof openPlans>>
