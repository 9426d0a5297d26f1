import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { asAdmin } from '@intellidocs/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ADMIN, readWaiting, startApiProcess, type ApiProcess } from './api-process.testkit.ts'
import { runCli, type Ran } from './run.testkit.ts'

type Ingested = {
  ready: number
  documents: { id: string; name: string; state: string; created: boolean }[]
  failed: { path: string; error: string }[]
}
type Found = { documents: { id: string; name: string }[] }

let api: ApiProcess
let dir: string
let env: Record<string, string>
const cli = (...args: string[]): Promise<Ran> => runCli(args, { env })
const file = async (name: string, content: string | Uint8Array): Promise<string> => {
  const path = join(dir, 'in', name)
  await writeFile(path, content)
  return path
}

/** Runs a command while a stand-in for the worker reads what it sends. */
async function cliWithWorker(...args: string[]): Promise<Ran> {
  let running = true
  const ran = cli(...args).finally(() => { running = false })
  while (running) {
    await readWaiting(api.database)
    await pause(50)
  }
  return ran
}

beforeAll(async () => {
  api = await startApiProcess()
  dir = await mkdtemp(join(tmpdir(), 'intellidocs-cli-'))
  await mkdir(join(dir, 'in'))
  env = { ...api.env, XDG_CONFIG_HOME: join(dir, 'config'), INTELLIDOCS_URL: api.url }
})
afterAll(async () => {
  await api.close()
  await rm(dir, { recursive: true })
})

test('before the sign-in every command says how to sign in; a wrong password leaves no token', async () => {
  expect(await cli('ls')).toMatchObject({ code: 1, stderr: expect.stringContaining('intellidocs login') })
  const wrong = await runCli(['login', '--email', ADMIN.email, '--password-stdin'], { env, stdin: 'wrong password\n' })
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('E-mail or password is wrong') })
  await expect(stat(join(dir, 'config', 'intellidocs', 'config.json'))).rejects.toThrow('ENOENT')
})

test('login keeps the token, whoami says who that is, and the password is nowhere', async () => {
  const ran = await runCli(['login', '--email', ADMIN.email, '--password-stdin', '--json'], { env, stdin: `${ADMIN.password}\n` })
  expect(ran).toMatchObject({ code: 0 })
  expect(ran.json()).toEqual({ url: api.url, email: ADMIN.email, org: 'main' })
  expect((await cli('whoami', '--json')).json()).toMatchObject({ user: { email: ADMIN.email }, org: { slug: 'main' }, role: 'owner' })
  const kept = await readFile(join(dir, 'config', 'intellidocs', 'config.json'), 'utf8')
  expect(kept).not.toContain(ADMIN.password)
})

test('ingest follows files to their end, names what failed, and exits 1 for it', async () => {
  const paths = [await file('one.txt', 'one'), await file('broken.txt', 'two'), await file('empty.txt', ''), join(dir, 'in', 'absent.txt')]
  const ran = await cliWithWorker('ingest', ...paths, '--folder', 'Letters/2026', '--json')
  const { documents, failed, ready } = ran.json() as Ingested
  expect(ran.code).toBe(1)
  expect(ready).toBe(1)
  expect(documents.map(({ name, state }) => [name, state])).toEqual([['one.txt', 'ready'], ['broken.txt', 'failed']])
  expect(failed.map(({ path, error }) => [path.slice(dir.length + 4), error])).toEqual([
    ['absent.txt', 'there is no such file'],
    ['broken.txt', 'failed (corrupt): The file is damaged and cannot be opened.'],
    ['empty.txt', 'The file is empty.'],
  ])
  const listed = (await cli('ls', 'letters/2026', '--json')).json() as Found
  expect(listed.documents.map(({ name }) => name).sort()).toEqual(['broken.txt', 'one.txt'])
})

test('the same command again makes no second document; --again does', async () => {
  const path = await file('twice.txt', 'twice')
  const ids = []
  for (const more of [[], [], ['--again']]) {
    const ran = await cliWithWorker('ingest', path, '--json', ...more)
    expect(ran.code).toBe(0)
    ids.push((ran.json() as Ingested).documents[0]?.id)
  }
  expect(ids[1]).toBe(ids[0])
  expect(ids[2]).not.toBe(ids[0])
})

test('--no-wait ends with the acceptance', async () => {
  const path = await file('quick.txt', 'quick')
  const ran = await cli('ingest', path, '--no-wait')
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  expect(ran.stdout).toMatch(/^accepted {2}quick\.txt .*\n1 file: 0 ready, 1 accepted, 0 failed/)
  await readWaiting(api.database)
})

test('a large file goes in resumably and comes out byte for byte, checked, and not over a file that is there', async () => {
  const bytes = randomBytes(20 * 1024 * 1024)
  const path = await file('large.bin', bytes)
  expect(await cliWithWorker('ingest', path, '--ocr-lang', 'ell,auto')).toMatchObject({ code: 0 })
  expect((await cli('ocr-languages', 'large.bin', '--json')).json()).toMatchObject({ own: ['ell', 'auto'] })
  const out = join(dir, 'got.bin')
  expect(await cli('download', 'large.bin', '--output', out)).toMatchObject({ code: 0 })
  expect(bytes.equals(await readFile(out))).toBe(true)
  await writeFile(out, 'mine')
  expect(await cli('download', 'large.bin', '--output', out)).toMatchObject({ code: 1, stderr: expect.stringContaining('--force') })
  expect(await readFile(out, 'utf8')).toBe('mine')
  const made = await cli('download', 'large.bin', '--form', 'searchable-pdf', '--output', join(dir, 'made.pdf'))
  expect(made).toMatchObject({ code: 1, stderr: expect.stringContaining('could not be read') })
})

test('tags and fields are set, shown, searched for in the list, and taken off again', async () => {
  expect(await cli('tag', 'large.bin', '+To Pay', '+2026', '-h')).toMatchObject({ code: 0, stdout: 'large.bin has 2026, to pay now.\n' })
  expect((await cli('tag', 'large.bin', '-2026', '+h', '--json')).json()).toMatchObject({ document: { tags: ['h', 'to pay'] } })
  expect((await cli('set', 'large.bin', 'amount=12.5', 'paid=false', 'year="2026"', 'note=a=b', '--json')).json()).toMatchObject({
    document: { metadata: { amount: 12.5, paid: false, year: '2026', note: 'a=b' } },
  })
  expect(await cli('set', 'large.bin', 'note=', 'paid=true')).toMatchObject({ code: 0, stdout: 'paid    true\nyear    2026\namount  12.5\n' })
  const { stdout } = await cli('show', 'large.bin')
  for (const line of [/^tags +h, to pay$/m, /^metadata\.amount +12\.5$/m]) expect(stdout).toMatch(line)
  expect(((await cli('ls', '--tag', 'TO PAY', '--json')).json() as Found).documents.map(({ name }) => name)).toEqual(['large.bin'])
  expect((await cli('tags', '--json')).json()).toEqual({ tags: [{ tag: 'h', documents: 1 }, { tag: 'to pay', documents: 1 }] })
  expect(await cli('tag', 'large.bin', '-h', '-to pay')).toMatchObject({ code: 0, stdout: 'large.bin has no tags now.\n' })
})

test('reindex begins a pass over what search answers from, says so once, and tells how far it is', async () => {
  const ran = await cli('reindex', '--no-wait', '--json')
  expect(ran.json()).toMatchObject({ started: true, reindexing: { stage: 'documents', looked: 0, endedAt: null } })
  const again = await cli('reindex', '--no-wait')
  expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('A worker does it') as string, stderr: expect.stringContaining('under way') as string })
  // A stand-in for the worker, once the command says how far it is.
  const waited = await runCli(['reindex'], { env, onNote: (note) => {
    if (note.includes(' of ')) void asAdmin(api.database.adminUrl, `update reindexing set ended_at = now(), found = '{"passages": 3, "pages": 1}', healed = '{"passages": 3}'`)
  } })
  expect(waited.code).toBe(0)
  expect(waited.stdout.trimEnd().split('\n')).toEqual([
    'pages that are not there: 1 wrong, 0 healed', 'passages: 3 wrong, 3 healed', expect.stringContaining('"intellidocs reprocess"') as string,
  ])
})

test('a search shows facets, points at what cannot be read, and lists by filters; suggest and similar answer; a page is drawn', async () => {
  const listed = await cli('search', 'name:large', '--facets', 'type,year', '--sort', 'oldest')
  expect(listed).toMatchObject({ code: 0 })
  expect(listed.stdout).toMatch(/^1\. large\.bin, page 1\n\nyear  \d{4} 1\n1 document in \d+ ms\n$/)
  expect((await cli('search', 'name:large', '--facets', '--json')).json()).toMatchObject({ hits: [{ name: 'large.bin' }], facets: { documents: 1 }, didYouMean: null })
  expect(await cli('search', 'large type:foo')).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^large type:foo\n {11}\^{3}\nintellidocs: There is no such type/) })
  expect((await cli('search', '"large', '--json')).json()).toMatchObject({ error: { code: 'search.query_invalid', details: { reason: 'quote_open', start: 0, end: 1 } } })
  expect(await cli('search', 'x', '--facets', 'size')).toMatchObject({ code: 2 })
  expect((await cli('suggest', 'larg', '--json')).json()).toMatchObject({ completions: [{ kind: 'document', text: 'large.bin' }] })
  expect(await cli('suggest', 'zzzz')).toMatchObject({ code: 0, stdout: 'Nothing to suggest.\n' })
  expect(await cli('similar', 'large.bin')).toMatchObject({ code: 0, stdout: '0 documents like large.bin\n' })
  expect(await cli('similar', 'nowhere')).toMatchObject({ code: 1 })
  expect((await cli('show', 'large.bin', '--page', '1')).stdout).toMatch(/^── large\.bin, page 1 of 1, blank ─+\n\n─{100}\n$/)
  expect(await cli('show', 'large.bin', '--page', '2')).toMatchObject({ code: 1, stderr: 'intellidocs: large.bin has no page 2; it has 1 page.\n' })
})

test('an answer is read as it comes at a terminal, and whole elsewhere', async () => {
  expect(await cli('ask', 'who', 'pays')).toMatchObject({ code: 0, stdout: 'Nothing that you may read answers this.\n', stderr: '' })
  expect(await runCli(['ask', 'who', 'pays'], { env, answers: [] })).toMatchObject({ code: 0, stdout: 'Nothing that you may read answers this.\n', stderr: expect.stringContaining('Looking for an answer …') })
})

test('views are kept, listed, asked and deleted', async () => {
  expect((await cli('views')).stdout).toMatch(/No views yet/)
  expect(await cli('views', 'save', 'Large ones', 'name:large', '--sort', 'oldest', '--shared')).toMatchObject({ code: 0, stdout: 'Kept: Large ones.\n' })
  expect(await cli('views', 'save', 'large ONES', 'x')).toMatchObject({ code: 1, stderr: expect.stringContaining('a view of this name already') })
  expect(await cli('views', 'save', 'Wrong', 'pages:x')).toMatchObject({ code: 1, stderr: expect.stringMatching(/^pages:x\n {6}\^\n/) })
  expect((await cli('views', '--json')).json()).toMatchObject({ views: [{ name: 'Large ones', query: 'name:large', sort: 'oldest', shared: true, own: true }] })
  expect((await cli('search', '--view', 'large ones', '--json')).json()).toMatchObject({ hits: [{ name: 'large.bin' }] })
  expect((await cli('search', '--view', 'large ones', '-name:bin', '--json')).json()).toMatchObject({ error: { code: 'usage' } })
  expect((await cli('search', '--view', 'large ones', '--json', '--', '-name:bin')).json()).toMatchObject({ hits: [] })
  expect(await cli('views', 'delete', 'Large ones')).toMatchObject({ code: 0, stdout: 'Deleted: Large ones.\n' })
  expect(await cli('views', 'delete', 'Large ones')).toMatchObject({ code: 1, stderr: expect.stringContaining('no view called') })
})

test('a word without a sign, an unknown option and a field without a value are exit 2, and nothing is set', async () => {
  for (const wrong of [['tag', 'large.bin', 'word'], ['tag', 'large.bin', '+a', '--nonsense'], ['tag', 'large.bin'], ['set', 'large.bin', 'amount'], ['set', 'large.bin', 'Amount=1']]) {
    expect([wrong, (await cli(...wrong)).code]).toEqual([wrong, 2])
  }
  expect((await cli('show', 'large.bin', '--json')).json()).toMatchObject({ document: { tags: [], metadata: { paid: true } } })
})

test('rm and restore move a document to the trash and back; --purge removes it for good', async () => {
  expect(await cli('rm', 'large.bin')).toMatchObject({ code: 0 })
  expect(await cli('show', 'large.bin')).toMatchObject({ code: 1, stderr: expect.stringContaining('no document called "large.bin"') })
  expect(((await cli('ls', '--trashed', '--json')).json() as Found).documents.map(({ name }) => name)).toEqual(['large.bin'])
  expect(await cli('restore', 'large.bin')).toMatchObject({ code: 0 })
  const shown = (await cli('show', 'large.bin', '--json')).json()
  expect(shown).toMatchObject({ document: { name: 'large.bin', lifecycle: 'active' }, versions: [{ number: 1 }] })
  expect(await cli('rm', 'large.bin')).toMatchObject({ code: 0 })
  expect(await cli('rm', 'large.bin')).toMatchObject({ code: 1 })
  expect(await cli('rm', 'large.bin', '--purge')).toMatchObject({ code: 0 })
  expect(((await cli('ls', '--trashed', '--json')).json() as Found).documents).toEqual([])
})

test('two documents of one name are told apart by their ids, and neither is touched', async () => {
  const ran = await cli('rm', 'twice.txt')
  expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('2 documents are called "twice.txt"') })
  expect(((await cli('ls', '--name', 'twice', '--json')).json() as Found).documents).toHaveLength(2)
})

test('watch prints events as they happen, as one JSON array', async () => {
  let watching = true
  const watched = cli('watch', '--json', '--count', '2').finally(() => { watching = false })
  const path = await file('watched.txt', 'watched')
  // Events before the socket is open are not watched, so there must be some after it.
  while (watching) await cli('ingest', path, '--no-wait', '--again')
  const ran = await watched
  expect(ran.code).toBe(0)
  expect(ran.json()).toMatchObject([{ type: 'documents.uploaded.v1' }, { type: 'documents.uploaded.v1' }])
  await readWaiting(api.database)
})

test('what fulfils conditions is counted, and chosen to be read again once that is asked for; a wrong condition is told by its place', async () => {
  expect(await cli('reprocess', '--where', 'state = failed and motor = x')).toMatchObject({ code: 2, stderr: expect.stringContaining('at character 20') })
  expect(await cli('reprocess')).toMatchObject({ code: 2 })
  const where = ['reprocess', '--where', 'type = image/png and state = failed']
  expect(await cli(...where)).toMatchObject({ code: 0, stdout: expect.stringContaining('0 documents with 0 pages') })
  const failed = ['reprocess', '--where', 'state = failed', '--json']
  const preview = { documents: 1, pages: 0, more: false }
  expect((await cli(...failed, '--dry-run')).json()).toMatchObject({ preview })
  expect((await cli('reprocessings', '--json')).json()).toEqual({ reprocessings: [] })
  const { reprocessing } = (await cli(...failed, '--yes')).json() as { reprocessing: unknown }
  expect(reprocessing).toMatchObject({ where: { state: 'failed' }, documents: 1, left: 1 })
  expect((await cli('reprocessings', '--json')).json()).toEqual({ reprocessings: [reprocessing] })
})

test('documents of the same bytes are told, and what was not compared is said', async () => {
  const paths = [await file('twin-a.txt', 'the same bytes twice'), await file('twin-b.txt', 'the same bytes twice')]
  await cliWithWorker('ingest', ...paths, '--again')
  const told = await cli('duplicates', 'twin-a.txt')
  expect(told).toMatchObject({ code: 0, stdout: expect.stringMatching(/the same bytes +twin-b\.txt/) })
  expect(told.stdout).toContain('too short, or not read yet')
})

test('doctor finds the API well and says what is degraded and how to mend it', async () => {
  const ran = await cli('doctor', '--json')
  const { findings } = ran.json() as { findings: { name: string; ok: boolean; mend?: string }[] }
  expect(ran.code).toBe(0)
  expect(findings).toContainEqual(expect.objectContaining({ name: 'database', ok: true }))
  expect(findings).toContainEqual(expect.objectContaining({ name: 'live events', ok: true }))
  expect(findings).toContainEqual(expect.objectContaining({ name: 'temporal', ok: false, mend: expect.stringContaining('TEMPORAL_ADDRESS') }))
})

test('verify finds nothing on a sound installation, and each damage by its kind', async () => {
  await vi.waitFor(async () => { expect(await readWaiting(api.database)).toBe(0) }, 20_000)
  const orgDir = join(api.env['DATA_DIR'] ?? '', 'blobs', 'org')
  const [org = ''] = await readdir(orgDir)
  // The bytes of the document that was purged a moment ago lie there until the sweep, however old they are.
  const longAgo = new Date(Date.now() - 5 * 3_600_000)
  for (const name of await readdir(join(orgDir, org))) {
    const path = join(orgDir, org, name)
    // An empty file was refused and belongs to nobody: that one may be an orphan some day.
    if ((await stat(path)).size > 0) await utimes(path, longAgo, longAgo)
  }
  const sound = await cli('verify', '--no-runs', '--json')
  expect(sound.json()).toMatchObject({ ok: true, differences: [] })
  expect(sound.code).toBe(0)

  // Not any two files: that of the purged document is among them.
  const named = await api.database.database.run({ kind: 'tenant', orgId: org, userId: org }, (tx) => tx.$queryRaw<{ sha256: string }[]>`
    select distinct sha256 from document_version order by sha256 limit 2`)
  const [flipped = '', gone = ''] = named.map(({ sha256 }) => sha256)
  const bytes = await readFile(join(orgDir, org, flipped))
  bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0)
  await writeFile(join(orgDir, org, flipped), bytes)
  await rename(join(orgDir, org, gone), join(dir, 'moved-away'))
  await api.database.database.run({ kind: 'tenant', orgId: org, userId: org }, async (tx) => {
    await tx.$executeRaw`delete from page where version_id = (select v.id from document_version v join document d on d.current_version_id = v.id
      where d.name = 'quick.txt')`
    await tx.$executeRaw`update document_version set state = 'queued', state_changed_at = now() - interval '1 day'
      where id = (select current_version_id from document where name = 'one.txt')`
    await tx.$executeRaw`insert into event (org_id, type, actor_id, document_id, payload)
      select org_id, type, actor_id, document_id, payload from event where type = 'documents.uploaded.v1' order by id limit 1`
    await tx.$executeRaw`insert into usage_entry (org_id, kind, amount, document_id, key)
      select org_id, kind, amount, document_id, key || ' again' from usage_entry where kind = 'documents' order by id limit 1`
    await tx.$executeRaw`insert into passage_keyword (passage_id, org_id, document_id, version_id, config, tsv, dl)
      select 4711, org_id, id, current_version_id, 'simple', 'left'::tsvector, 1 from document order by id limit 1`
  })
  const damaged = await cli('verify', '--no-runs', '--json')
  expect(damaged.code).toBe(1)
  expect(damaged.json()).toMatchObject({ ok: false, sha_mismatch: 1, missing_blobs: 1, pages_missing: 1, stuck: 1, orphan_blobs: 0 })
  expect(damaged.json()).toMatchObject({ double_events: 1, double_usage: 1, stale_words: 1 })
  expect((await cli('verify', '--no-runs')).stdout.trim().split('\n').at(-1)).toMatch(/missing_blobs=1 sha_mismatch=1 .* stuck=1 \| lost_decision=0 double_decision=0 double_steps=0$/)
})

test('logout revokes the token on the server and forgets it here', async () => {
  const config = join(dir, 'config', 'intellidocs', 'config.json')
  const kept = await readFile(config, 'utf8')
  expect(await cli('logout')).toMatchObject({ code: 0 })
  expect(await cli('whoami')).toMatchObject({ code: 1 })
  await writeFile(config, kept)
  expect(await cli('whoami')).toMatchObject({ code: 1, stderr: expect.stringContaining('intellidocs login') })
})
