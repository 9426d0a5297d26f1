import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createIntelliDocsClient, type IntelliDocsClient } from '@intellidocs/client'
import { ADMIN, readWaiting, startApiProcess, type ApiProcess } from '../api-process.testkit.ts'
import { runCli } from '../run.testkit.ts'
import type { LedgerLine } from './ledger.ts'

type Line = LedgerLine extends infer L ? (L extends unknown ? Omit<L, 'at'> : never) : never
type Event = { position: string; documentId: string }

let api: ApiProcess
let dir: string
let client: IntelliDocsClient
let orgs: string[]
/** What happened: one upload that was read without a word in it, one that could not be read. */
let lines: Line[]
let events: Event[]

beforeAll(async () => {
  api = await startApiProcess()
  dir = await mkdtemp(join(tmpdir(), 'intellidocs-ledger-int-'))
  const { token } = await createIntelliDocsClient({ url: api.url }).api.auth.signIn.mutate({ ...ADMIN, transport: 'token' })
  const person = createIntelliDocsClient({ url: api.url, token: token ?? '' })
  const other = await person.api.orgs.create.mutate({ name: 'Other', slug: 'other' })
  const { orgs: all } = await person.api.auth.me.query()
  const main = all.find(({ slug }) => slug === 'main')?.orgId ?? ''
  orgs = [main, other.id]
  client = createIntelliDocsClient({ url: api.url, token: token ?? '', org: 'main' })
  lines = [...await uploaded('broken.txt'), ...await uploaded('blank.txt')]
  await readWaiting(api.database)
  events = await eventsOf(main)
  // What the index would do, for which there is no worker here.
  await api.database.database.run({ kind: 'system' }, (tx) => tx.$executeRaw`delete from delivery`)
})
afterAll(async () => {
  await client.close()
  await api.close()
  await rm(dir, { recursive: true, force: true })
})

async function uploaded(name: string): Promise<Line[]> {
  const bytes = Buffer.from(`contents of ${name}`)
  const { document } = await client.upload(bytes, { name })
  const [id, sha256] = [name, createHash('sha256').update(bytes).digest('hex')]
  return [
    { kind: 'try', id, org: orgs[0] ?? '', action: 'upload', sha256, size: bytes.length, word: null, documentId: null },
    { kind: 'ack', id, documentId: document.id, versionId: document.versionId },
  ]
}

function eventsOf(orgId: string): Promise<Event[]> {
  return api.database.database.run({ kind: 'tenant', orgId, userId: orgId }, (tx) => tx.$queryRaw<Event[]>`
    select xid || '-' || id as position, document_id::text as "documentId" from event where document_id is not null order by xid, id`)
}

async function verified(ledger: readonly Line[]) {
  const path = join(dir, `${randomUUID()}.jsonl`)
  await writeFile(path, ledger.map((line) => `${JSON.stringify({ ...line, at: new Date().toISOString() })}\n`).join(''))
  const ran = await runCli(['verify', '--no-runs', '--json', '--grace', '0', '--ledger', path], { env: api.env })
  const { differences, ...figures } = ran.json() as { differences: { kind: string; subject: string }[] } & Record<string, unknown>
  return { code: ran.code, kinds: differences.map(({ kind }) => kind).sort(), figures }
}

const acked = (): Line[] => lines.filter(({ kind }) => kind === 'try' || kind === 'ack')
const listening = (org: string, received: readonly string[]): Line[] => [
  { kind: 'listen', listener: 'one', org, after: '1-0' },
  ...received.map((eventId): Line => ({ kind: 'recv', listener: 'one', org, eventId, documentId: null })),
]
const onlyBroken = (): Line[] => acked().slice(0, 2)

test('a ledger that tells the truth is all zeros, and the line says what was promised', async () => {
  const { code, kinds, figures } = await verified([...onlyBroken(), ...listening(orgs[0] ?? '', events.map(({ position }) => position))])
  expect(kinds).toEqual([])
  expect(figures).toMatchObject({ ok: true, acked: 1, searchable: 0, events: events.length, lost: 0 })
  expect(code).toBe(0)
})

test('an acknowledged upload without its row, or with other bytes, is lost; one that may have been purged is not', async () => {
  const [first, ack] = onlyBroken()
  if (first?.kind !== 'try' || ack?.kind !== 'ack') throw new Error('an upload is a try and its answer')
  const gone: Line = { ...ack, documentId: randomUUID(), versionId: randomUUID() }
  const unlike = { ...first, sha256: 'ab'.repeat(32) }
  expect(await verified([unlike, gone])).toMatchObject({ code: 1, kinds: ['lost'], figures: { lost: 1 } })
  expect(await verified([unlike, ack])).toMatchObject({ code: 1, kinds: ['wrong_bytes'], figures: { lost: 1 } })
  expect(await verified([unlike, gone, { kind: 'change', id: 'p', org: first.org, action: 'purge', documentId: gone.documentId }])).toMatchObject({ code: 0 })
})

test('a document that is ready and not found, a purge that did not happen and a refusal that kept something are named', async () => {
  expect(await verified(acked())).toMatchObject({ code: 1, kinds: ['not_found'], figures: { acked: 2, lost: 1 } })
  const [first, ack] = onlyBroken()
  if (first?.kind !== 'try' || ack?.kind !== 'ack') throw new Error('an upload is a try and its answer')
  expect(await verified([first, { kind: 'refused', id: first.id, code: 'storage.full' }])).toMatchObject({ code: 1, kinds: ['refused_kept'], figures: { dup_effect: 1 } })
  const purge: Line[] = [{ kind: 'change', id: 'p', org: first.org, action: 'purge', documentId: ack.documentId }, { kind: 'ack', id: 'p', documentId: ack.documentId, versionId: null }]
  expect(await verified([first, ack, ...purge])).toMatchObject({ code: 1, kinds: ['lost'], figures: { lost: 1 } })
})

test('an event that did not come, came twice, or belongs to another organization is named', async () => {
  const all = events.map(({ position }) => position)
  const [main = '', other = ''] = orgs
  expect(await verified(listening(main, all.slice(1)))).toMatchObject({ code: 1, kinds: ['not_received'], figures: { missing: 1 } })
  expect(await verified(listening(main, [...all, all[0] ?? '']))).toMatchObject({ code: 1, kinds: ['received_twice'], figures: { dup_effect: 1 } })
  expect(await verified(listening(other, all.slice(0, 1)))).toMatchObject({ code: 1, kinds: ['foreign_reads'], figures: { foreign_reads: 1 } })
})

test('one try with two versions is double, and what is unread is stuck', async () => {
  await client.upload(Buffer.from('contents of broken.txt'), { name: 'broken.txt' })
  const { kinds, figures } = await verified(onlyBroken())
  expect({ kinds, figures }).toMatchObject({ kinds: ['double_upload'], figures: { dup_effect: 1 } })
  const waiting = await uploaded('waiting.txt')
  expect(await verified(waiting)).toMatchObject({ code: 1, kinds: ['stuck'], figures: { stuck: 1 } })
})
