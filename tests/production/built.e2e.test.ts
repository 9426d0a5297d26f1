import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { IntelliDocsClient } from '@intellidocs/client'
import type { LiveEvent } from '@intellidocs/contracts'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ocrPages as OcrPages } from '@intellidocs/extraction'
import { until } from '@intellidocs/testing'
import { failpointNames } from '../../packages/kernel/src/failpoint.ts'
import { install, type Installation } from './installation.ts'
import { pidsIn, runsOf } from './runs.ts'

const root = join(import.meta.dirname, '..', '..')
let it: Installation

beforeAll(async () => { it = await install() })
afterAll(async () => { await it.close() })

const clients: IntelliDocsClient[] = []
function client(api: 0 | 1): IntelliDocsClient {
  const made = it.orgs[0].client(it.apis[api].url)
  clients.push(made)
  return made
}
afterAll(async () => { await Promise.all(clients.map((each) => each.close())) })

type Heard = { readonly events: LiveEvent[]; close(): void }
async function listen(api: 0 | 1): Promise<Heard> {
  const events: LiveEvent[] = []
  const live = client(api).live({ onEvent: (event) => { events.push(event) } })
  await until('the stream begins', () => live.lastEventId)
  return { events, close: () => { live.close() } }
}

async function mailThatWaits(): Promise<number> {
  const admin = new pg.Client({ connectionString: it.servers.adminUrl })
  await admin.connect()
  const { rows } = await admin.query<{ n: number }>('select count(*)::int as n from mail_message')
  await admin.end()
  return rows[0]?.n ?? 0
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text))
const readyOf = ({ events }: Heard): string[] =>
  events.filter(({ type }) => type === 'documents.ready.v1').map(({ documentId }) => String(documentId))

const allReady = (heard: Heard, ids: readonly string[]): Promise<boolean> =>
  until('every document is told to be ready', () => ids.every((id) => readyOf(heard).includes(id)), { withinMs: 180_000, seen: it.logs })

describe('the artefacts', () => {
  const ours = async (): Promise<string[]> => {
    const all = await readdir(it.dist, { recursive: true, withFileTypes: true })
    return all.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  }

  test('hold no TypeScript, nothing that is for development alone, and no path of the machine that built them', async () => {
    const files = await ours()
    expect(files.length).toBeGreaterThan(1_000)
    expect(files.filter((path) => /\.[cm]?tsx?$/.test(path))).toEqual([])
    const packages = new Set(files.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]))
    expect(['vitest', 'typescript', 'prisma', 'oxlint', 'knip', 'turbo', 'docx', 'pptxgenjs'].filter((name) => packages.has(name))).toEqual([])
    const own = files.filter((path) => !path.includes('/node_modules/'))
    const texts = await Promise.all(own.map((path) => readFile(path, 'utf8')))
    expect(own.filter((_path, at) => texts[at]?.includes(root))).toEqual([])
    expect(own.filter((path) => /testkit|\.test\./.test(path))).toEqual([])
  })

  test('hold no name of a failpoint', async () => {
    const own = (await ours()).filter((path) => !path.includes('/node_modules/'))
    const texts = await Promise.all(own.map((path) => readFile(path, 'utf8')))
    const holding = own.filter((_path, at) => failpointNames.some((name) => texts[at]?.includes(`'${name}'`)))
    expect(holding).toEqual([])
    expect(texts.some((text) => text.includes('acceptUpload'))).toBe(true)
  })

  test('read pixels with the language data that came along', async () => {
    const { ocrPages } = await import(join(it.dist, 'worker/packages/extraction/src/index.js')) as { ocrPages: typeof OcrPages }
    const texts: string[] = []
    const { engine } = await ocrPages({
      path: join(root, 'examples', 'delivery-note-scan.pdf'), mime: 'application/pdf', pages: [1], langs: ['eng'], engine: 'wasm',
      workDir: it.apis[0].dataDir, signal: AbortSignal.timeout(60_000), onPage: ({ text }) => { texts.push(text) },
    })
    expect([engine, texts.join(' ')]).toEqual(['tesseract.js', expect.stringMatching(/okoume/i)])
  })
})

describe('a built program refuses to start in production', () => {
  const key = randomBytes(32).toString('hex')
  const bare = { DATA_DIR: '', PORT: '0' }
  test.each([
    ['without a secret key', 'worker', { SECRET_KEY: '' }, /^SECRET_KEY: /],
    ['with a short secret key', 'api', { SECRET_KEY: key.slice(2) }, /^SECRET_KEY: /],
    ['with an example for a secret key', 'api', { SECRET_KEY: '0123456789abcdef'.repeat(4) }, /^SECRET_KEY: /],
    ['without a database', 'api', { DATABASE_URL: '', INTELLIDOCS_EMBEDDED: '' }, /^DATABASE_URL: /],
    ['without a Temporal server', 'worker', { TEMPORAL_ADDRESS: '' }, /^TEMPORAL_ADDRESS: /],
    ['without a mail server', 'api', { SMTP_URL: '' }, /^SMTP_URL: /],
    ['without a mail server', 'worker', { SMTP_URL: '' }, /^SMTP_URL: /],
    ['without a sender of mail', 'worker', { MAIL_FROM: '' }, /^MAIL_FROM: /],
    ['with a failpoint', 'worker', { FAILPOINT: 'before_pages:exit' }, /^FAILPOINT: /],
    ['with a failpoint, even outside production', 'api', { FAILPOINT: 'after_reply:exit', NODE_ENV: '' }, /^FAILPOINT: /],
  ])('%s (%s), in one line that names the setting', async (_what, program, env, said) => {
    const { code, stdout, stderr } = await it.run([`${program}/main.js`], { ...bare, ...env })
    expect([code, stdout, stderr.trim().split('\n').length]).toEqual([1, '', 1])
    expect(stderr).toMatch(said)
    expect(stderr).not.toContain(key.slice(2))
  })

  test('with a login that the walls of the database do not hold', async () => {
    await Promise.all(['api/main.js', 'worker/main.js'].map(async (program) => {
      const { code, stdout, stderr } = await it.run([program], { ...bare, DATABASE_URL: it.servers.adminUrl })
      expect([program, code, stdout]).toEqual([program, 1, ''])
      expect(stderr).toContain('login-is-privileged')
    }))
  })
})

describe('two APIs and three workers', () => {
  test('what an API queues leaves a worker as mail, once, to one recipient', async () => {
    const [to, api] = ['admin@example.org', client(0).api]
    await api.auth.requestPasswordReset.mutate({ email: to })
    const resets = () => it.servers.mail.taken.filter(({ raw }) => raw.includes('/reset-password#token'))
    await until('the mail server has it', () => resets().length > 0, { withinMs: 30_000, seen: it.logs })
    expect(resets()).toMatchObject([{ from: 'no-reply@example.org', to: [to] }])
    await until('the queue is empty', async () => (await mailThatWaits()) === 0, { seen: it.logs })
    expect(resets()).toHaveLength(1)
  })

  test('what is sent to one API is read by the workers together, heard on both, found and downloaded from the other', async () => {
    const [one, two] = [await listen(0), await listen(1)]
    const sent = await Promise.all(Array.from({ length: 12 }, (_, at) =>
      client(at % 2 === 0 ? 0 : 1).upload(bytesOf(`The shared shed number ${at} keeps the word shedword${at}.`), { name: `shed-${at}.txt` })))
    const scan = Uint8Array.from(await readFile(join(root, 'examples', 'delivery-note-scan.pdf')))
    const { document } = await client(0).upload(scan, { name: 'scan.pdf' })
    const ids = [...sent.map(({ document: { id } }) => id), document.id].sort()

    for (const heard of [one, two]) await allReady(heard, ids)
    await until('both have heard the same', () => one.events.length === two.events.length)
    expect(one.events.map(({ id }) => id)).toEqual(two.events.map(({ id }) => id))
    expect(readyOf(one).toSorted()).toEqual(ids)

    const { hits: [hit], degraded } = await client(1).api.search.query.query({ query: 'okoume plywood' })
    expect([hit?.documentId, hit?.page, degraded]).toEqual([document.id, 1, false])
    const { stream } = await client(1).download(document.id)
    expect(Buffer.compare(Buffer.from(await new Response(stream).arrayBuffer()), scan)).toBe(0)

    const pids = await pidsIn(it.servers.temporal)
    expect(it.workers.map((worker) => pids.has(worker.pid()))).toEqual([true, true, true])
    one.close()
    two.close()
  })

  test('an API and a worker that are killed while documents come in lose nothing and do nothing twice, and the others go on', async () => {
    const [one, two] = [await listen(0), await listen(1)]
    const runsBefore = (await runsOf(it.servers.temporal)).length
    const numbers = Array.from({ length: 40 }, (_, at) => at)
    const acknowledged = new Map<number, string>()
    const half = Promise.withResolvers<void>()
    const send = async (from: number): Promise<void> => {
      for (const at of numbers.filter((each) => each % 4 === from)) {
        const upload = { name: `crane-${at}.txt`, idempotencyKey: `crane-${at}` }
        const bytes = bytesOf(`Crane ${at} lifts the word cranelift${at}.`)
        // Whoever's API is gone asks the other one, with the same key.
        const { document } = await client(at % 2 === 0 ? 0 : 1).upload(bytes, upload).catch(() => client(1).upload(bytes, upload))
        acknowledged.set(at, document.id)
        if (acknowledged.size === numbers.length / 2) half.resolve()
      }
    }
    const sending = Promise.all([0, 1, 2, 3].map(send))
    await half.promise
    await Promise.all([it.apis[0].kill('SIGKILL'), it.workers[0].kill('SIGKILL')])
    await sending
    const ids = [...acknowledged.values()].toSorted()
    expect(new Set(ids).size).toBe(numbers.length)

    await allReady(two, ids)
    expect(readyOf(two).toSorted()).toEqual(ids)
    await Promise.all([it.apis[0].start(), it.workers[0].start()])
    await until('the listener of the killed API has caught up', () => one.events.length >= two.events.length)
    expect(one.events.map(({ id }) => id)).toEqual(two.events.map(({ id }) => id))

    expect((await runsOf(it.servers.temporal)).length - runsBefore).toBe(numbers.length)
    for (const at of [0, 13, 26, 39]) {
      const { hits } = await client(0).api.search.query.query({ query: `cranelift${at}`, mode: 'keyword' })
      expect(hits.map(({ documentId }) => documentId)).toEqual([acknowledged.get(at)])
    }
    const { code, stdout, stderr } = await it.run(['cli/main.js', 'verify', '--json'], { DATA_DIR: it.apis[0].dataDir })
    expect([code, stderr, JSON.parse(stdout)]).toEqual([0, '', expect.objectContaining({ ok: true, differences: [] })])
    one.close()
    two.close()
  })

  /** Begins an upload on the first API, breaks it off after a third and sends the same file to the second; answers how far that one began. */
  async function changeApi(name: string): Promise<number> {
    const bytes = new Blob([randomBytes(24 * 1024 * 1024)])
    let begun = ''
    const set = async (_key: string, url: string): Promise<void> => { begun = url }
    const resumeStore = { get: async () => begun || null, set, delete: () => set('', '') }
    const stop = new AbortController()
    const onProgress = (sent: number): void => { if (sent > 8 * 1024 * 1024) stop.abort() }
    const options = { name, idempotencyKey: name, resumeStore }
    await expect(client(0).upload(bytes, { ...options, onProgress, signal: stop.signal })).rejects.toMatchObject({ code: 'ABORTED' })
    // As behind one address that leads to either.
    begun = begun.replace(it.apis[0].url, it.apis[1].url)
    const progress: number[] = []
    const { document } = await client(1).upload(bytes, { ...options, onProgress: (sent) => { progress.push(sent) } })
    const { items } = await client(0).api.documents.list.query({ limit: 200 })
    expect(items.filter((each) => each.name === name).map(({ id, size }) => [id, size])).toEqual([[document.id, bytes.size]])
    return progress[0] ?? 0
  }

  test('a large upload that was begun on one API begins anew on another that has another folder, and becomes one document', async () => {
    expect(await changeApi('survey-anew.bin')).toBeLessThan(8 * 1024 * 1024)
  })

  test('a large upload that was begun on one API goes on at another that has the same folder', async () => {
    await it.apis[1].kill('SIGTERM')
    await it.apis[1].start({ DATA_DIR: it.apis[0].dataDir })
    expect(await changeApi('survey-on.bin')).toBeGreaterThanOrEqual(8 * 1024 * 1024)
  })

  test('every program ends in order when asked to, with sockets open and documents under way, and the next one does what is left', async () => {
    const [one, two] = [await listen(0), await listen(1)]
    const sent = await Promise.all(Array.from({ length: 9 }, (_, at) =>
      client(0).upload(bytesOf(`Boom ${at} of the word boomword${at}.`), { name: `boom-${at}.txt` })))
    const ids = sent.map(({ document: { id } }) => id)
    const ending = [it.apis[0], ...it.workers]
    const ended = await Promise.all(ending.map(async (program) => {
      const gone = program.gone()
      await program.kill('SIGTERM')
      return gone
    }))
    expect(ended).toEqual(ending.map(() => 'code 0'))
    await it.workers[0].start()
    await allReady(two, ids)
    const last = it.apis[1].gone()
    await it.apis[1].kill('SIGTERM')
    expect(await last).toBe('code 0')
    one.close()
    two.close()
  })
})
