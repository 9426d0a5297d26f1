import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ADMIN, startApiProcess, type ApiProcess } from './api-process.testkit.ts'
import { runCli, type Ran } from './run.testkit.ts'

const WORDS = 'the words of the contract'
const sha256 = createHash('sha256').update(WORDS).digest('hex')
const AT = '2026-11-29T09:06:30.000Z'

let api: ApiProcess
let dir: string
let env: Record<string, string>
let run: string
const file = (name: string): string => join(dir, name)
const cli = (...args: string[]): Promise<Ran> => runCli(args, { env })
/** Nobody signed in, and nobody there. */
const verify = (...args: string[]): Promise<Ran> =>
  runCli(['certificate', 'verify', ...args], { env: { XDG_CONFIG_HOME: join(dir, 'nobody'), INTELLIDOCS_URL: 'http://127.0.0.1:9' } })

/** A run of the newest document that is over, as its only stage was skipped, with what the audit tells of it; past all services. */
async function endedRun(database: ApiProcess['database']): Promise<string> {
  const [id, flow] = [randomUUID(), randomUUID()]
  const spec = { name: 'Contracts', stages: [{ key: 'one', name: 'One', ask: [{ role: 'owner' }], decide: { rule: 'all' } }] }
  const admin = new pg.Client({ connectionString: database.adminUrl })
  await admin.connect()
  await admin.query(`
    insert into flow (id, org_id, name, draft, created_by) select '${flow}', org_id, 'Contracts', '{}', owner_id from document;
    insert into flow_version (org_id, flow_id, version, spec, published_by) select org_id, '${flow}', 1, '${JSON.stringify(spec)}', owner_id from document;
    insert into flow_run (id, org_id, flow_id, flow_version, document_id, version, state, reason, requester_id, created_at, state_changed_at, ended_at)
      select '${id}', org_id, '${flow}', 1, id, 1, 'approved', 'decided', owner_id, now(), now(), '${AT}' from document;
    insert into flow_step (id, org_id, run_id, stage, round, state, content_sha256, opened_at, closed_at) select '${randomUUID()}', org_id, '${id}', 'one', 1, 'skipped', '${sha256}', now(), now() from document;
    insert into audit (org_id, actor_id, actor_kind, action, subject_type, subject_id, data)
      select d.org_id, d.owner_id, 'user', t.action, 'flowRun', '${id}', t.data || jsonb_build_object('documentId', d.id, 'flowId', '${flow}', 'flowVersion', 1, 'requesterId', d.owner_id)
      from document d, (values ('workflows.run-started.v1', '{"cause": null}'::jsonb), ('workflows.stage-closed.v1', '{"stage": "one", "round": 1, "outcome": "skipped"}'),
        ('workflows.run-ended.v1', '{"outcome": "approved", "reason": "decided", "version": 1, "contentSha256": "${sha256}", "at": "${AT}"}')) as t (action, data)`)
  await admin.end()
  return id
}

beforeAll(async () => {
  api = await startApiProcess()
  dir = await mkdtemp(join(tmpdir(), 'intellidocs-cli-certificate-'))
  env = { XDG_CONFIG_HOME: join(dir, 'config'), INTELLIDOCS_URL: api.url }
  await runCli(['login', '--email', ADMIN.email, '--password-stdin'], { env, stdin: `${ADMIN.password}\n` })
  await writeFile(file('contract.txt'), WORDS)
  await cli('ingest', file('contract.txt'), '--no-wait')
  run = await endedRun(api.database)
})
afterAll(async () => {
  await api.close()
  await rm(dir, { recursive: true })
})

test('a certificate is saved as pages and as text, and both verify offline with the key, the document and an export', async () => {
  // A transaction anywhere on the server holds rows back while it is open.
  await vi.waitFor(async () => expect(await cli('certificate', 'save', run, '-o', file('c.pdf'), '--force')).toMatchObject({ code: 0 }), 50_000)
  expect(await cli('certificate', 'save', run, '-o', file('c.json'), '--format', 'json', '--json')).toMatchObject({ code: 0 })
  const key = (await cli('certificate', 'key')).stdout.trim()
  expect(key).toMatch(/^[A-Za-z0-9_-]{43}$/)
  expect(key).not.toBe((await cli('audit', 'key')).stdout.trim())
  expect(await cli('audit', 'export', '-o', file('audit.jsonl'))).toMatchObject({ code: 0 })
  for (const name of ['c.pdf', 'c.json']) {
    const ran = await verify(file(name), '--key', key, '--document', file('contract.txt'), '--export', file('audit.jsonl'), '--json')
    expect(ran, name).toMatchObject({ code: 0 })
    expect(ran.json(), name).toMatchObject({ ok: true, trusted: true, findings: [], certificate: { run: { id: run, outcome: 'approved' } } })
  }
  const text = await readFile(file('c.json'), 'utf8')
  expect(text).toContain(sha256)
  expect((await readFile(file('c.pdf'))).includes(text)).toBe(true)
})

test('a file that is there is not written over, and a run that is not there leaves no file', async () => {
  await writeFile(file('there.pdf'), 'mine')
  expect(await cli('certificate', 'save', run, '-o', file('there.pdf'))).toMatchObject({ code: 1, stderr: expect.stringContaining('already there') })
  expect(await readFile(file('there.pdf'), 'utf8')).toBe('mine')
  expect(await cli('certificate', 'save', randomUUID(), '-o', file('none.pdf'))).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no such run.') })
  await expect(readFile(file('none.pdf'))).rejects.toThrow('ENOENT')
  expect((await cli('certificate', 'save', run, '--format', 'html')).code).toBe(2)
})
