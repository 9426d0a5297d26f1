import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ADMIN, startApiProcess, type ApiProcess } from './api-process.testkit.ts'
import { runCli, type Ran } from './run.testkit.ts'

let api: ApiProcess
let dir: string
let env: Record<string, string>
let key: string
const cli = (...args: string[]): Promise<Ran> => runCli(['audit', ...args], { env })
const file = (name: string): string => join(dir, name)

beforeAll(async () => {
  api = await startApiProcess()
  dir = await mkdtemp(join(tmpdir(), 'intellidocs-cli-audit-'))
  env = { XDG_CONFIG_HOME: join(dir, 'config'), INTELLIDOCS_URL: api.url }
  await runCli(['login', '--email', ADMIN.email, '--password-stdin'], { env, stdin: `${ADMIN.password}\n` })
  for (const name of ['one.txt', 'two.txt', 'three.txt']) {
    await writeFile(file(name), `words of ${name}`)
    await runCli(['ingest', file(name), '--no-wait'], { env })
  }
  key = (await cli('key')).stdout.trim()
  // A transaction anywhere on the server holds rows back while it is open. The last checkpoint's own row is behind it.
  await vi.waitFor(async () => {
    await cli('checkpoint')
    expect((await cli('verify', '--json')).json()).toMatchObject({ ok: true, unsealed: 1 })
  }, 60_000)
})
afterAll(async () => {
  await api.close()
  await rm(dir, { recursive: true })
})

/** Everything offline: an address where nobody answers, and nobody signed in. */
const offline = (...args: string[]): Promise<Ran> =>
  runCli(['audit', 'verify', ...args], { env: { XDG_CONFIG_HOME: join(dir, 'nobody'), INTELLIDOCS_URL: 'http://127.0.0.1:9' } })

test('the list says who did what, narrowed as asked', async () => {
  const { rows } = (await cli('list', '--action', 'documents.', '--json')).json() as { rows: { action: string; subject: { id: string } }[] }
  expect(rows.map((row) => row.action)).toEqual(Array.from({ length: 3 }, () => 'documents.uploaded.v1'))
  const one = await cli('list', '--subject', rows[0]?.subject.id ?? '')
  expect(one.stdout.trim().split('\n')).toHaveLength(1)
  const told = await cli('list', '--actor', ADMIN.email, '--action', 'documents.')
  expect(told.stdout.trim().split('\n').map((line) => line.includes(` ${ADMIN.email} `))).toEqual([true, true, true])
  expect((await cli('list', '--from', '2999-01-01')).stdout).toBe('Nothing was written down that fits.\n')
  expect(await cli('list', '--from', 'yesterday')).toMatchObject({ code: 1, stderr: expect.stringContaining('from') })
})

test('an export verifies offline with nothing but itself and the key, and four manipulations are named by their number', async () => {
  expect(key).toMatch(/^[A-Za-z0-9_-]{43}$/)
  const saved = await cli('export', '-o', file('audit.jsonl'))
  expect(saved).toMatchObject({ code: 0, stdout: expect.stringMatching(/audit\.jsonl .* rows, verified\n$/) })
  const good = await offline(file('audit.jsonl'), '--key', key, '--json')
  const report = good.json() as { ok: boolean; rows: number; last: number; trusted: boolean }
  expect(report).toMatchObject({ ok: true, complete: true, trusted: true, broken: null })
  expect(good.code).toBe(0)
  expect(report.rows).toBe(report.last)

  const lines = (await readFile(file('audit.jsonl'), 'utf8')).trimEnd().split('\n')
  const at = (seq: number): number => lines.findIndex((line) => line.startsWith(`{"type":"row","seq":${seq},`))
  const [two, three] = [lines[at(2)] ?? '', lines[at(3)] ?? '']
  const manipulated: [string, string[], number][] = [
    ['edited', lines.with(at(3), three.replace('"actor":{', '"actor": {')), 3],
    ['deleted', lines.toSpliced(at(2), 1), 2],
    ['reordered', lines.with(at(2), three).with(at(3), two), 2],
    ['truncated', lines.slice(0, at(4)), 4],
  ]
  for (const [name, changed, seq] of manipulated) {
    await writeFile(file(name), `${changed.join('\n')}\n`)
    const ran = await offline(file(name), '--key', key)
    expect(ran, name).toMatchObject({ code: 1, stdout: expect.stringContaining(`broken at ${seq}: `) })
    expect((await offline(file(name), '--json')).json(), name).toMatchObject({ ok: false, trusted: false, broken: { seq } })
  }
})

test('without the key the verifier says that it believed the file; with another one nothing is proven', async () => {
  const ran = await offline(file('audit.jsonl'))
  expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining('The key in the file was believed') })
  expect(await offline(file('audit.jsonl'), '--key', 'A'.repeat(43))).toMatchObject({ code: 1, stdout: expect.stringContaining('broken at 1') })
  expect(await offline(file('one.txt'))).toMatchObject({ code: 1 })
  expect(await offline(file('missing'))).toMatchObject({ code: 1, stderr: expect.stringContaining('is not there') })
})

test('a filtered export and one for a SIEM say that they prove no completeness; a file that is there is not written over', async () => {
  const ran = await cli('export', '--action', 'documents.', '-o', file('some.jsonl'))
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('cannot prove that nothing is missing') })
  expect(await offline(file('some.jsonl'), '--key', key)).toMatchObject({ code: 0, stdout: expect.stringContaining('nobody can tell') })
  expect(await cli('export', '-o', file('some.jsonl'))).toMatchObject({ code: 1, stderr: expect.stringContaining('already there') })
  const siem = (await cli('export', '--format', 'ocsf', '-o', file('siem.jsonl'), '--json')).json() as { lines: number }
  const events = (await readFile(file('siem.jsonl'), 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line) as { class_uid: number })
  expect(events).toHaveLength(siem.lines)
  expect(new Set(events.map((event) => event.class_uid))).toContain(3004)
})

test('the chain on the server verifies, and against a checkpoint that was kept; wrong calls are told apart', async () => {
  await writeFile(file('kept.json'), (await cli('checkpoint', '--json')).stdout)
  expect(await cli('verify', '--checkpoint', file('kept.json'))).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ok: \d+ rows as sealed/) })
  expect(await cli('verify', '--checkpoint', file('one.txt'))).toMatchObject({ code: 1, stderr: expect.stringContaining('not a checkpoint') })
  expect((await cli('verify', '--key', key)).code).toBe(2)
  expect((await cli('verify', file('audit.jsonl'), '--checkpoint', file('kept.json'))).code).toBe(2)
  expect((await cli('nothing')).code).toBe(2)
})
