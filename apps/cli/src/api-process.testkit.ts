import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { SYSTEM_USER_ID } from '@intellidocs/contracts'
import { testDatabase, type TestDatabase } from '@intellidocs/testing'

const MAIN = fileURLToPath(new URL('../../api/src/main.ts', import.meta.url))
const readyLine = z.object({ ready: z.literal(true), port: z.int() })

export const ADMIN = { email: 'admin@example.org', password: 'correct horse battery staple' }

export type ApiProcess = {
  readonly url: string
  /** What `verify` is given to find the same installation. */
  readonly env: Record<string, string>
  readonly database: TestDatabase
  close(): Promise<void>
}

const NO_TEMPORAL = { address: '127.0.0.1:9', namespace: 'default' }

/** The real API as a process of its own, over a fresh database; without a worker, and without Temporal unless one is given. */
export async function startApiProcess(temporal = NO_TEMPORAL): Promise<ApiProcess> {
  const database = await testDatabase()
  const dataDir = await mkdtemp(join(tmpdir(), 'intellidocs-cli-api-'))
  const env = {
    DATABASE_URL: database.url, DATA_DIR: dataDir, SECRET_KEY: randomBytes(32).toString('hex'), TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace, PORT: '0', LOG_LEVEL: 'error', INTELLIDOCS_EMBEDDED: '1', ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password,
  }
  const child = spawn(process.execPath, [MAIN], { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = new Promise<void>((resolve) => { child.once('exit', () => { resolve() }) })
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => { resolve(readyLine.parse(JSON.parse(line)).port) })
    void exited.then(() => { reject(new Error('the API did not start')) })
  })
  return {
    url: `http://127.0.0.1:${port}`, env, database,
    async close() {
      child.kill('SIGTERM')
      await exited
      await database.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

type Open = { id: string; documentId: string; fileName: string }

/**
 * Does what the worker would to every waiting version, in the same tables: files whose name has `broken` in it fail, the others become ready with
 * one page. Answers how many there were.
 */
export async function readWaiting({ database }: TestDatabase): Promise<number> {
  const orgs = await database.run({ kind: 'identity' }, (tx) => tx.$queryRaw<{ id: string }[]>`select id::text as id from org`)
  let read = 0
  for (const { id: orgId } of orgs) {
    read += await database.run({ kind: 'tenant', orgId, userId: SYSTEM_USER_ID }, async (tx) => {
      const waiting = await tx.$queryRaw<Open[]>`
        select id::text as id, document_id::text as "documentId", file_name as "fileName" from document_version where state = 'queued'`
      for (const { id, documentId, fileName } of waiting) {
        const broken = fileName.includes('broken')
        const event = broken ? 'documents.failed.v1' : 'documents.ready.v1'
        const payload = JSON.stringify({ documentId, versionId: id, attempt: 1, ...(broken ? { reason: 'corrupt' } : { pages: 1 }) })
        await tx.$executeRaw`
          update document_version set state = ${broken ? 'failed' : 'ready'}, reason = ${broken ? 'corrupt' : null}, pages = ${broken ? null : 1}::int
          where id = ${id}::uuid`
        await tx.$executeRaw`
          insert into event (org_id, type, actor_id, document_id, payload)
          values (${orgId}::uuid, ${event}, ${SYSTEM_USER_ID}::uuid, ${documentId}::uuid, ${payload}::jsonb)`
        if (broken) continue
        await tx.$executeRaw`
          insert into page (org_id, version_id, number, text, source, attempt) values (${orgId}::uuid, ${id}::uuid, 1, '', 'blank', 1)`
        await tx.$executeRaw`update document set published_version_id = ${id}::uuid where id = ${documentId}::uuid`
      }
      return waiting.length
    })
  }
  return read
}
