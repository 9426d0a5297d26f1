import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { access, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { freePort } from '@intellidocs/kernel'
import { until, withDatabase } from '@intellidocs/testing'
import { runCli, type Ran } from '../../apps/cli/src/run.testkit.ts'
import { fault, type Suite } from './harness/fault.ts'
import type { Upload } from './harness/ledger-client.ts'
import { prepareProgram } from './harness/servers.ts'
import type { Stack } from './harness/stack.ts'
import { age, startLoad } from './postgres-load.ts'

const CLI = fileURLToPath(new URL('../../apps/cli/bin/intellidocs.mjs', import.meta.url))

type Env = Readonly<Record<string, string>>

/** A backup, and an empty database and folder to restore it into; all of it goes with `remove`. */
type Places = { readonly backup: string; readonly from: Env; readonly into: Env; remove(): Promise<void> }

async function makePlaces(stack: Stack): Promise<Places> {
  const folder = await mkdtemp(join(tmpdir(), 'intellidocs-restored-'))
  const name = `restored_${randomUUID().replaceAll('-', '')}`
  await stack.sql(`create database ${name}`)
  const { adminUrl } = stack.database
  return {
    backup: join(folder, 'backup'),
    from: { ...stack.env, DATABASE_ADMIN_URL: adminUrl },
    into: {
      // No Temporal: the one that is there knows the runs of the first installation.
      ...stack.env, TEMPORAL_ADDRESS: '', DATA_DIR: join(folder, 'data'), DATABASE_URL: withDatabase(adminUrl, name, 'app_login'), DATABASE_ADMIN_URL: withDatabase(adminUrl, name),
    },
    async remove() {
      await stack.sql(`drop database ${name} with (force)`)
      await rm(folder, { recursive: true })
    },
  }
}

const well = (ran: Ran): unknown => {
  assert.equal(ran.code, 0, ran.stdout + ran.stderr)
  return ran.json()
}

async function restoreAndVerify({ backup, into }: Places): Promise<void> {
  well(await runCli(['restore', backup, '--json'], { env: into }))
  const { ok, differences } = well(await runCli(['verify', '--json'], { env: into })) as { ok: boolean; differences: unknown[] }
  assert.deepEqual({ ok, differences }, { ok: true, differences: [] })
}

/** The restored installation served by an API of its own: the same keys open it, the same bytes come out, and who listened goes on listening. */
async function useRestored(stack: Stack, { into }: Places, { before, heardLast }: { before: readonly Upload[]; heardLast: string }): Promise<void> {
  const port = await freePort()
  const api = prepareProgram('api', 'restored-api', { ...into, PORT: String(port) })
  await api.start()
  const restored = stack.orgs[0].client(`http://127.0.0.1:${port}`)
  try {
    for (const { content, outcome } of before) {
      assert.ok(outcome.kind === 'acked')
      const { stream } = await restored.download(outcome.documentId)
      const bytes = Buffer.from(await new Response(stream).arrayBuffer())
      assert.equal(createHash('sha256').update(bytes).digest('hex'), content.sha256, `document ${outcome.documentId}`)
    }
    const heard: string[] = []
    const live = restored.live({ lastEventId: heardLast, onEvent: (event) => { if (event.documentId !== null) heard.push(event.documentId) } })
    const { document } = await restored.upload(Buffer.from('after the restore'), { name: 'after.txt' })
    await until('a listener with a place of before hears what is new', () => heard.includes(document.id))
    live.close()
  } finally {
    await restored.close()
    await api.stop()
  }
}

const whileWorking = fault({
  name: 'backup under load',
  what: 'intellidocs backup under uploads, deletes and reprocesses; restore into an empty database and folder; verify, download, listen there',
  async arrange({ stack, client, random }) {
    const before = await client.uploadMany(5)
    const places = await makePlaces(stack)
    const load = startLoad({ stack, client, random })
    await load.goesOn(3)
    return { before, load, places }
  },
  act: (_context, { load, places }) => load.during(async () => {
    well(await runCli(['backup', places.backup, '--json'], { env: places.from }))
    // What is promised after the backup is not in it; its events have places that the restored installation must go beyond.
    await load.goesOn(3)
  }),
  async expect({ stack }, { before, places }) {
    await restoreAndVerify(places)
    const [last] = await stack.sql<{ place: string }>(`select xid || '-' || id as place from event order by xid desc, id desc limit 1`)
    await useRestored(stack, places, { before, heardLast: last?.place ?? '' })
    await places.remove()
  },
})

/** Starts a backup, and stops it (SIGSTOP) when it has its view of the rows and has not copied all files. */
async function backupStoppedAfterRows({ backup, from }: Places): Promise<{ goOn(): Promise<number | null>; end(): void }> {
  const child = spawn(process.execPath, [CLI, 'backup', backup], { env: { PATH: process.env['PATH'], ...from }, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((resolve) => { child.once('exit', resolve) })
  await new Promise<void>((resolve, reject) => {
    const onLine = (line: string): void => {
      if (!line.startsWith('rows:')) return
      child.kill('SIGSTOP')
      resolve()
    }
    createInterface({ input: child.stdout }).on('line', onLine)
    void ended.then((code) => { reject(new Error(`the backup ended with ${code} before it could be stopped`)) })
  })
  return {
    goOn() {
      child.kill('SIGCONT')
      return ended
    },
    /** Stopped, it would outlive us. */
    end: () => void child.kill('SIGKILL'),
  }
}

const filesGoMeanwhile = fault({
  name: 'files deleted during a backup',
  what: 'SIGSTOP of a backup between its rows and its files, every document purged and its bytes due, SIGCONT; restore holds them all',
  async arrange({ stack, client, drain }) {
    const before = await client.uploadMany(60, { kind: 'opaque', size: 30_000 })
    await drain()
    for (const upload of before) await age(stack, client, upload)
    return { before, places: await makePlaces(stack) }
  },
  async act({ client, drain }, { before, places }) {
    const backup = await backupStoppedAfterRows(places)
    try {
      for (const { outcome } of before) {
        assert.ok(outcome.kind === 'acked')
        await client.change('trash', outcome.documentId)
        await client.change('purge', outcome.documentId)
      }
      await drain()
      const copied = await readdir(join(places.backup, 'blobs', 'org', client.org.id)).catch(() => [])
      assert.ok(copied.length < before.length, `files were still to be copied: ${copied.length} of ${before.length} were`)
      assert.equal(await backup.goOn(), 0)
    } finally {
      backup.end()
    }
  },
  async expect({ stack, client }, { before, places }) {
    await restoreAndVerify(places)
    await places.remove()
    // Released, the bytes go with the next sweep: one comes with each start of a worker.
    await stack.worker.kill('SIGTERM')
    await stack.worker.start()
    const there = (sha256: string): Promise<boolean> => access(join(stack.dataDir, 'blobs', 'org', client.org.id, sha256)).then(() => true, () => false)
    for (const { content } of before) await until('the sweep took what was held', async () => !await there(content.sha256))
  },
})

export const suite: Suite = { name: 'backup', faults: [whileWorking, filesGoMeanwhile] }
