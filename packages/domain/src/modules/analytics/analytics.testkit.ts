import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { DocumentId, EventType } from '@intellidocs/contracts'
import { createIdempotency, createLiveFeed, createLog, createOutbox, createUnitOfWork, newId, type Actor, type CommittedEvent } from '@intellidocs/kernel'
import { createFileBlobStore } from '@intellidocs/storage'
import { createTestOrg, testDatabase, type TestOrg } from '@intellidocs/testing'
import pg from 'pg'
import { createModules, subscribersOf } from '../../modules.ts'

const log = createLog({ level: 'silent', name: 'test' })
type EventRow = { delivery: bigint | null; subscriber: string; id: string; org_id: string; type: EventType; actor_id: string; at: Date; payload: unknown }
/** A day's row as text: metric, day, dim, n, total, peak and the histogram; or of a person, the days of a month as bits. */
export type DayRow = string

/** Only for tests: all modules on a fresh database and a clock that is set. Nothing is counted but what is asked for. */
export async function openAnalytics() {
  const db = await testDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'intellidocs-analytics-'))
  const admin = new pg.Client({ connectionString: db.adminUrl })
  await admin.connect()
  const time = { ahead: 0 }
  const clock = { now: () => new Date(Date.now() + time.ahead) }
  const unit = createUnitOfWork({ database: db.database, clock, onCommit: () => undefined })
  const blobs = createFileBlobStore(folder)
  const modules = createModules({
    ...unit, clock, log, outbox: createOutbox(), idempotency: createIdempotency(), liveFeed: createLiveFeed({ database: db.database, log }), blobs, embedder: null,
    secretKey: Buffer.alloc(32, 7),
  })
  const subscribers = new Map(subscribersOf(modules).filter(({ name }) => name.startsWith('analytics.')).map((one) => [one.name, one]))
  const signal = new AbortController().signal

  const hear = async (row: Omit<EventRow, 'delivery'>): Promise<void> => {
    const event = { id: BigInt(row.id), orgId: row.org_id, type: row.type, actorId: row.actor_id, at: row.at, payload: row.payload } as CommittedEvent
    await subscribers.get(row.subscriber)?.handle(event, signal)
  }
  const eventsOf = async (org: TestOrg): Promise<EventRow[]> =>
    (await admin.query<EventRow>(`select null as delivery, 'analytics.count' as subscriber, id::text, org_id, type, actor_id, at, payload from event where org_id = $1 order by event.id`, [org.org.id])).rows
  return {
    ...modules, db, admin, unit, blobs, count: hear, eventsOf,
    org: (name?: string) => createTestOrg(db.database, name),
    setClock: (to: Date) => { time.ahead = to.getTime() - Date.now() },
    keepDays: () => modules.analytics.keepDays(signal),
    /** Writes an event at a time of the past, as it would have been. */
    async happened(org: TestOrg, event: { type: EventType; payload: unknown; at: Date; actor?: Actor }): Promise<EventRow> {
      const { rows: [row] } = await admin.query<EventRow>(`insert into event (org_id, type, actor_id, payload, at) values ($1, $2, $3, $4, $5)
        returning null as delivery, 'analytics.count' as subscriber, id::text, org_id, type, actor_id, at, payload`, [org.org.id, event.type, (event.actor ?? org.system).userId, JSON.stringify(event.payload), event.at])
      if (row === undefined) throw new Error('no event was written')
      return row
    },
    /** What waits for analytics, oldest first, each once. */
    async relay(): Promise<void> {
      const { rows } = await admin.query<EventRow>(`select d.id as delivery, d.subscriber, e.id::text, e.org_id, e.type, e.actor_id, e.at, e.payload
        from delivery d join event e on e.id = d.event_id where d.subscriber like 'analytics.%' order by e.id`)
      for (const row of rows) {
        await hear(row)
        await admin.query('delete from delivery where id = $1', [row.delivery])
      }
    },
    ...lookingAt(admin),
    async upload(actor: Actor, content: string = newId(), documentId?: DocumentId) {
      const { sha256, size } = await blobs.put(actor.orgId, Readable.from([Buffer.from(content)]), { maxBytes: 1e6 })
      const { document } = await modules.documents.accept(actor, {
        name: 'a.txt', folderId: null, size, sha256, idempotencyKey: null, requestHash: newId(), onDuplicate: 'create', ...(documentId === undefined ? {} : { documentId }),
      })
      return document
    },
    async close() {
      await admin.end()
      await db.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
export type AnalyticsHouse = Awaited<ReturnType<typeof openAnalytics>>

function lookingAt(admin: pg.Client) {
  return {
    /** What is shown, past all services. */
    async days(org: TestOrg): Promise<DayRow[]> {
      const { rows } = await admin.query<{ line: string }>(`
        select concat_ws('|', metric, day, dim, n, total, peak, array_lower(bins, 1) || ':' || array_to_string(bins, ',', '')) as line
        from analytics_day d join analytics_org o on o.org_id = d.org_id and o.generation = d.generation where d.org_id = $1
        union all select concat_ws('|', 'people', month, person, days)
        from analytics_person p join analytics_org o on o.org_id = p.org_id and o.generation = p.generation where p.org_id = $1 order by 1`, [org.org.id])
      return rows.map(({ line }) => line)
    },
    /** The same of months, and whether they are the sums of their days. */
    async monthsAreSums(org: TestOrg): Promise<boolean> {
      const { rows } = await admin.query(`with days as (
          select generation, metric, date_trunc('month', day::timestamp)::date as month, dim, sum(n) as n, sum(total) as total, max(peak) as peak, app.sum_bins(bins) as bins
          from analytics_day where org_id = $1 group by 1, 2, 3, 4)
        select from days full join (select * from analytics_month where org_id = $1) m using (generation, metric, month, dim)
        where days.n is distinct from m.n or days.total is distinct from m.total or days.peak is distinct from m.peak or days.bins is distinct from m.bins`, [org.org.id])
      return rows.length === 0
    },
  }
}
