import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadDatabase, openDatabase, startEmbeddedPostgres, takeSnapshot, type DatabaseSnapshot, type Row } from '@intellidocs/db'
import type { FolderId } from '@intellidocs/contracts'
import { createLog, createOutbox, createUnitOfWork, newId, systemClock } from '@intellidocs/kernel'
import { unlimitedQuota } from '@intellidocs/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAuditModule } from './index.ts'
import { exportedLines, openAuditHouse, SECRET_KEY, verifyAll, verifyLines, type AuditHouse } from './test-audit.ts'

let house: AuditHouse
let folder: string
beforeAll(async () => {
  house = await openAuditHouse()
  folder = await mkdtemp(join(tmpdir(), 'intellidocs-audit-'))
})
afterAll(async () => {
  await house.close()
  await rm(folder, { recursive: true })
})

const log = createLog({ level: 'silent', name: 'test' })

/** The backup of the house, loaded into an embedded database that counts transactions from the beginning. */
async function restored(): Promise<{ url: string; close(): Promise<void> }> {
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') })
  const snapshot = await takeSnapshot(house.db.adminUrl)
  try {
    const tables: (DatabaseSnapshot['tables'][number] & { rows: number; all: readonly Row[] })[] = []
    for (const table of snapshot.tables) {
      const rows: Row[] = []
      for await (const batch of snapshot.rows(table)) rows.push(...batch)
      tables.push({ ...table, rows: rows.length, all: rows })
    }
    await loadDatabase({
      url: server.url, dropSealed: false, revokeApiKeys: false, log, beforeCommit: async () => undefined,
      backup: {
        of: 'installation', facts: snapshot.facts, sequences: snapshot.sequences, tables,
        async *rows({ name }) { yield tables.find((table) => table.name === name)?.all ?? [] },
      },
    })
  } finally {
    await snapshot.close()
  }
  return server
}

test('after a restore into another cluster seals and checkpoints verify, rows that were not sealed are, and the chain goes on', async () => {
  await house.write(5)
  await house.seal()
  const { checkpoint } = await house.audit.checkpoint(house.org.owner)
  await house.write(2)
  const server = await restored()
  const database = openDatabase({ url: server.url, log })
  try {
    const unitOfWork = createUnitOfWork({ database, clock: systemClock, onCommit: () => undefined })
    const audit = createAuditModule({ ...unitOfWork, clock: systemClock, log, quota: unlimitedQuota, secretKey: SECRET_KEY })
    const { owner } = house.org
    expect(await verifyAll(audit, owner, checkpoint ?? undefined)).toMatchObject({ ok: true, checked: 5, unsealed: 3 })

    const outbox = createOutbox()
    const folderId = newId() as FolderId
    await unitOfWork.runInTx(owner, (tx) => outbox.append(tx, owner, {
      type: 'documents.folder-deleted.v1', payload: { folderId }, audit: { subjectType: 'folder', subjectId: folderId },
    }))
    await audit.seal()
    expect(await audit.lag()).toBe(0)
    expect(await verifyAll(audit, owner, checkpoint ?? undefined)).toMatchObject({ ok: true, checked: 9, unsealed: 0 })
    const { items: [last] } = await audit.list(owner, { limit: 1 })
    expect(last).toMatchObject({ seq: 9, action: 'documents.folder-deleted.v1' })
    await house.seal()
    // What was exported before and after are the same rows, byte for byte.
    const [before, after] = [await exportedLines(house.audit, owner), await exportedLines(audit, owner)]
    const rows = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith('{"type":"row"'))
    expect(rows(after).slice(0, 8)).toEqual(rows(before).slice(0, 8))
    expect(await verifyLines(after, [house.audit.key().publicKey])).toMatchObject({ ok: true, rows: 10 })
  } finally {
    await database.close()
    await server.close()
  }
}, 120_000)
