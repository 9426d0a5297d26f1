import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Mail, Role, UserId } from '@intellidocs/contracts'
import {
  createCallerFactory, createLog, createOutbox, createUnitOfWork, newId, noSource, nothingHeld, router, systemClock, type Actor, type Person, type RequestContext,
} from '@intellidocs/kernel'
import { createFileBlobStore } from '@intellidocs/storage'
import { createTestOrg, testDatabase, unlimitedQuota, type TestDatabase, type TestOrg } from '@intellidocs/testing'
import pg from 'pg'
import { createActor } from '../users/index.ts'
import { createOrgsModule } from './orgs.module.ts'
import type { PurgeRef } from './purge.types.ts'

const log = createLog({ level: 'silent', name: 'test' })

/** The module with mail, limits and Temporal as records of what they were asked. */
function composeOrgs(db: TestDatabase, folder: string) {
  const blobs = createFileBlobStore(folder)
  const unitOfWork = createUnitOfWork({ database: db.database, clock: systemClock, onCommit: () => undefined })
  const outbox = createOutbox()
  const mails: Mail[] = []
  const runs: [kind: 'start' | 'cancel', ref: PurgeRef][] = []
  const attempts: string[] = []
  const orgs = createOrgsModule({
    ...unitOfWork, outbox, clock: systemClock, blobs, quota: unlimitedQuota, deletions: nothingHeld, secretKey: Buffer.alloc(32, 7), orgDeleteGraceDays: 30,
    mail: { enqueue: (_tx, _actor, mail) => { mails.push(mail); return Promise.resolve() } },
    attemptGuard: {
      attempt: (deed, { account }) => { attempts.push(`${deed} ${account}`); return Promise.resolve() },
      admit: () => Promise.resolve(),
      succeeded: () => Promise.resolve(),
    },
    purge: {
      start: (ref) => { runs.push(['start', ref]); return Promise.resolve() },
      cancel: (ref) => { runs.push(['cancel', ref]); return Promise.resolve() },
    },
  })
  outbox.register(orgs.subscribers)
  return { orgs, blobs, unitOfWork, mails, runs, attempts }
}

/** The module on a fresh database, called by its procedures. Only for tests. */
export async function openOrgs() {
  const db = await testDatabase()
  const admin = new pg.Client({ connectionString: db.adminUrl })
  await admin.connect()
  const folder = await mkdtemp(join(tmpdir(), 'intellidocs-orgs-'))
  const composed = composeOrgs(db, folder)
  const createCaller = createCallerFactory(router(composed.orgs.routers))

  const contextOf = (person: Person, more: Partial<RequestContext>): RequestContext => ({
    requestId: person.requestId, log, person, actor: null, via: 'session', sessionToken: null, orgRequested: null, ip: '192.0.2.1',
    setCookie: () => undefined, countCall: () => Promise.resolve(), stillValid: () => Promise.resolve([]), ...more,
  })
  const personOf = (userId: UserId): Person => ({ userId, platformAdmin: false, requestId: `test-${newId()}`, source: noSource })

  async function rows<T extends object>(sql: string, values: unknown[] = []): Promise<T[]> {
    return (await admin.query<T>(sql, values)).rows
  }
  return {
    ...composed, admin, rows, personOf,
    /** With a short name that the API takes. */
    async org(name?: string): Promise<TestOrg> {
      const made = await createTestOrg(db.database, name)
      const slug = `t-${made.org.id.slice(-12)}`
      await rows('update org set slug = $1 where id = $2', [slug, made.org.id])
      return { ...made, org: { ...made.org, slug } }
    },
    /** The API as this actor calls it, in their organization. */
    as: (actor: Actor) => createCaller(contextOf(personOf(actor.userId), {
      actor, orgRequested: actor.orgId, via: actor.kind === 'apiKey' ? 'apiKey' : 'session',
    })).orgs,
    /** The API as somebody signed in calls it who names an organization that is none of theirs, or none. */
    asPerson: (userId: UserId, orgRequested: string | null = null) => createCaller(contextOf(personOf(userId), { orgRequested })).orgs,
    /** An account, its address proved unless said otherwise. */
    async account(email: string, verified = true): Promise<UserId> {
      const id = newId() as UserId
      await rows(`insert into user_account (id, email, name, password_hash, email_verified_at) values ($1, $2, 'Somebody', 'x', $3)`,
        [id, email, verified ? new Date() : null])
      return id
    },
    /** The token of the last invitation that was mailed: nobody is told it but the mailbox. */
    mailedToken(): string {
      const mail = composed.mails.findLast(({ template }) => template === 'invitation')
      if (mail?.template !== 'invitation') throw new Error('no invitation was mailed')
      return mail.data.token
    },
    /** The actor as the next request would find them; null for nobody who may enter. */
    async actorNow(of: Actor): Promise<Actor | null> {
      const [row] = await rows<{ role: Role | 'custom'; permissions: never[] | null }>(`
        select m.role, r.permissions from membership m left join org_role r on r.org_id = m.org_id and r.id = m.role_id
        where m.org_id = $1 and m.user_id = $2 and m.status = 'active'`, [of.orgId, of.userId])
      if (row === undefined) return null
      const holding = { role: row.role, permissions: row.permissions, principals: of.principals }
      return createActor({ kind: 'user', userId: of.userId, orgId: of.orgId, holding, scopes: null, requestId: newId(), source: noSource })
    },
    /** Everything that happened in an organization, in order: what a refusal must leave unchanged. */
    events: (orgId: string) =>
      rows<{ type: string; payload: Record<string, unknown> }>('select type, payload from event where org_id = $1 order by id', [orgId]),
    audit: (orgId: string) => rows<{ action: string; data: unknown }>('select action, data from audit where org_id = $1 order by id', [orgId]),
    async close() {
      await admin.end()
      await db.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
export type Orgs = Awaited<ReturnType<typeof openOrgs>>
export const failure = (code: string) => ({ cause: { code } })
