import { setTimeout as delay } from 'node:timers/promises'
import { verifyExport, type ExportReport } from '@intellidocs/audit'
import type { FolderId } from '@intellidocs/contracts'
import { createLog, createOutbox, createUnitOfWork, newId, systemClock, type Actor, type Clock } from '@intellidocs/kernel'
import { createTestOrg, testDatabase, unlimitedQuota, type TestDatabase, type TestOrg } from '@intellidocs/testing'
import pg from 'pg'
import { createAuditModule, type AuditModule } from './index.ts'

export const SECRET_KEY = Buffer.alloc(32, 9)

type Given = { readonly secretKey: Buffer; readonly oldSecretKeys?: readonly Buffer[]; readonly clock?: Clock }

export type AuditHouse = {
  readonly db: TestDatabase
  readonly org: TestOrg
  readonly audit: AuditModule
  /** A second process with the same keys, or others; its clock may be another one too. */
  process(given?: Given): AuditModule
  readonly runInTx: ReturnType<typeof createUnitOfWork>['runInTx']
  /** Writes that many changes, each in a transaction of its own. */
  write(count: number, actor?: Actor): Promise<void>
  /** Until nobody's transaction on the server holds back what may be sealed. */
  free(): Promise<void>
  /** Seals all that is written, in one seal an organization if it is not more than a seal holds. */
  seal(by?: AuditModule): Promise<void>
  /** One statement as somebody who is bound by nothing, triggers included. */
  tamper(sql: string, values?: readonly unknown[]): Promise<number>
  readonly admin: pg.Client
  newOrg(): Promise<TestOrg>
  close(): Promise<void>
}

/** Only for tests: the module on a fresh database with one organization. */
export async function openAuditHouse(): Promise<AuditHouse> {
  const db = await testDatabase()
  const org = await createTestOrg(db.database)
  const unitOfWork = createUnitOfWork({ database: db.database, clock: systemClock, onCommit: () => undefined })
  const log = createLog({ level: 'silent', name: 'test' })
  const process = (given: Given = { secretKey: SECRET_KEY }): AuditModule => createAuditModule({ ...unitOfWork, clock: systemClock, log, quota: unlimitedQuota, ...given })
  const audit = process()
  const outbox = createOutbox()
  const admin = new pg.Client({ connectionString: db.adminUrl })
  await admin.connect()
  const free = async (): Promise<void> => { while (await heldBack(admin)) await delay(20) }
  return {
    db, org, admin, process, audit, runInTx: unitOfWork.runInTx, newOrg: () => createTestOrg(db.database, 'Other'),
    async write(count, actor = org.editor) {
      for (let n = 0; n < count; n += 1) {
        const folderId = newId() as FolderId
        await unitOfWork.runInTx(actor, (tx) => outbox.append(tx, actor, {
          type: 'documents.folder-created.v1', payload: { folderId }, audit: { subjectType: 'folder', subjectId: folderId, data: { name: `n ${n}` } },
        }))
      }
    },
    free,
    async seal(by = audit) {
      await free()
      do await by.seal()
      while (await by.lag() > 0)
    },
    async tamper(sql, values = []) {
      await admin.query('begin; set local session_replication_role = replica')
      try {
        const { rowCount } = await admin.query(sql, [...values])
        await admin.query('commit')
        return rowCount ?? 0
      } catch (error) {
        await admin.query('rollback')
        throw error
      }
    },
    async close() {
      await admin.end()
      await db.close()
    },
  }
}

/** A transaction anywhere on the server, of another test too, holds back what was written since it began. */
async function heldBack(admin: pg.Client): Promise<boolean> {
  const { rows } = await admin.query<{ held: boolean }>(
    'select exists (select from audit where xid >= pg_snapshot_xmin(pg_current_snapshot())) as held',
  )
  return rows[0]?.held ?? true
}

/** The lines of a whole export, without their line ends. */
export async function exportedLines(audit: AuditModule, actor: Actor, filter: Record<string, string> = {}): Promise<string[]> {
  const { lines } = await audit.export(actor, { format: 'jsonl', ...filter })
  let text = ''
  for await (const part of lines) text += part
  return text.split('\n').slice(0, -1)
}

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  for (const line of lines) yield line
}

/** As `intellidocs audit verify FILE --key` does it. */
export const verifyLines = (lines: readonly string[], keys: readonly string[]): Promise<ExportReport> => verifyExport(each(lines), { keys })

/** The whole chain in the database, step by step. */
export async function verifyAll(audit: AuditModule, actor: Actor, checkpoint?: Parameters<AuditModule['verify']>[1]['checkpoint']) {
  for (let cursor: string | undefined; ;) {
    const step = await audit.verify(actor, { cursor, checkpoint })
    if (step.ok !== null) return step
    cursor = step.nextCursor ?? undefined
  }
}
