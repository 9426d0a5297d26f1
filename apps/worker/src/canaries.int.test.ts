import { readFile } from 'node:fs/promises'
import type { UserId } from '@intellidocs/contracts'
import { ExtractionError } from '@intellidocs/extraction'
import { newId } from '@intellidocs/kernel'
import { startTemporalForRun, testActor, type TemporalForRun } from '@intellidocs/testing'
import PDFDocument from 'pdfkit'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openFlows, type Flows } from './flows.testkit.ts'
import { openReceiver } from './receiver.testkit.ts'
import { until, type Instead } from './test-house.ts'

/** Forty-one words that nothing else in the world is called; where each is put. */
const canaries = {
  inText: ['quibblewort', 'snarfleby', 'mirthazoid', 'plonkadee'], inFileName: ['zephyrglut', 'krumblewick', 'vexolantern', 'dwindlepox'],
  inPassword: ['hushpockmarl', 'wrongofennel'], inError: ['blastoturnip', 'fizzledorn', 'gruntlespan'], inStack: ['stackomarrow'],
  inScan: ['pixelgrouse'], inReason: ['reasonwhelk'],
  inAttachment: ['barnaclefoot', 'tansyhurdle'], inNewName: ['renamequill'], inHeading: ['titleburdock'],
  inWebhook: ['addressfennel', 'descriptionsorrel', 'answertansy'],
  inFlow: ['flownamerue', 'flowtalesavory', 'stagenamelovage', 'stagekeyborage', 'branchkeycicely', 'hookkeyhyssop', 'tagbetony'],
  inTask: ['startnotearnica', 'decisionyarrow', 'rejectioncomfrey', 'handedonmallow', 'withdrawalteasel', 'runcommentsage'],
  inMetadata: ['fieldvaluevervain', 'effectvaluewoad'], inPerson: ['mailboxburnet', 'deputysainfoin', 'personcampion'],
} as const
const words = Object.values(canaries).flat()

let server: TemporalForRun
let house: Flows
let running: Awaited<ReturnType<Flows['work']>>
const instead: Instead = {}

beforeAll(async () => {
  server = await startTemporalForRun()
  house = await openFlows({ address: server.address, namespace: server.takeNamespace() })
  running = await house.work(instead)
})
afterAll(async () => {
  await running.stop()
  await house.close()
  await server.close()
})

/** A word as it may lie in a file: plain, UTF-16 of both orders, and base64 at each of the three places a byte may have in a group. */
function formsOf(word: string): Buffer[] {
  const utf16 = Buffer.from(word, 'utf16le')
  const inBase64 = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), Buffer.from(word)]).toString('base64')
    // The letters that depend on what stands before and after the word are left out.
    return Buffer.from(text.slice(before === 0 ? 0 : before + 1, -4))
  })
  return [Buffer.from(word), Buffer.from(word.toUpperCase()), utf16, Buffer.from(utf16).swap16(), ...inBase64]
}

/** Which of the words lie anywhere in what the server keeps. */
async function found(wanted: readonly string[]): Promise<string[]> {
  const kept = Buffer.concat(await Promise.all(['', '-wal'].map((end) => readFile(`${server.databaseFile}${end}`).catch(() => Buffer.alloc(0)))))
  expect(kept.length).toBeGreaterThan(100_000)
  return wanted.filter((word) => formsOf(word).some((form) => kept.includes(form)))
}

const mail = ([first, second]: typeof canaries.inAttachment): string => [
  'From: a@example.org', 'To: b@example.org', 'Subject: list', 'MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary="x"', '',
  '--x', 'Content-Type: text/plain', '', 'the list', '--x', 'Content-Type: text/plain', `Content-Disposition: attachment; filename="${first}.txt"`, '',
  `all about ${second}`, '--x--', '',
].join('\r\n')

async function lockedPdf(password: string): Promise<Buffer> {
  const pdf = new PDFDocument({ userPassword: password, pdfVersion: '1.7' })
  pdf.text(canaries.inText[3])
  pdf.end()
  return buffer(pdf)
}

async function readWell(): Promise<void> {
  const [name, second] = canaries.inFileName
  const { id } = await house.upload(`${canaries.inHeading[0]}\n\nOf ${canaries.inText[0]} and ${canaries.inText[1]}.`, `${name}.txt`)
  expect(await house.settled(id)).toMatchObject({ state: 'ready' })
  await house.documents.update(house.editor, { id, name: `${canaries.inNewName[0]}.txt`, revision: (await house.documents.get(house.editor, { id })).revision })
  await house.documents.reprocess(house.editor, { id })
  expect(await house.settled(id)).toMatchObject({ state: 'ready' })
  const { id: mailId } = await house.upload(mail(canaries.inAttachment), `${second}.eml`)
  expect(await house.settled(mailId)).toMatchObject({ state: 'ready' })
}

async function openWithPassword(): Promise<void> {
  const [right, wrong] = canaries.inPassword
  const { id } = await house.upload(await lockedPdf(right), `${canaries.inFileName[2]}.pdf`)
  expect(await house.settled(id)).toMatchObject({ state: 'needs_password' })
  await house.documents.providePassword(house.editor, { id, password: wrong })
  expect(await house.settled(id)).toMatchObject({ state: 'needs_password', reason: 'password_wrong' })
  await house.documents.providePassword(house.editor, { id, password: right })
  expect(await house.settled(id)).toMatchObject({ state: 'ready' })
}

/** Errors of ours (tried again, and kept by the server with each try), of the file's, and one whose stack tells more than its message. */
async function failInManyWays(): Promise<void> {
  const [first, second, third] = canaries.inError
  const withStack = Object.assign(new Error(first), { stack: `Error: ${first}\n    at ${canaries.inStack[0]}`, cause: new TypeError(second) })
  const errors = [withStack, new ExtractionError('corrupt', `${third} in ${canaries.inReason[0]}`)]
  instead.readDocument = () => Promise.reject(errors.shift() ?? new Error('one more'))
  const { id } = await house.upload(canaries.inText[2], `${canaries.inFileName[3]}.txt`)
  expect(await house.settled(id)).toMatchObject({ state: 'failed', reason: 'corrupt' })
}

/** Told twice, as the first try fails. Answers the secret. */
async function tellWebhook(): Promise<string> {
  const [address, description, said] = canaries.inWebhook
  const receiver = await openReceiver((response) => { response.writeHead(receiver.got.length === 1 ? 500 : 200).end(said) })
  const { endpoint, secret } = await house.modules.webhooks.endpoints.create(house.owner, { url: `${receiver.url}/${address}`, description, events: ['documents.uploaded.v1'] })
  await house.upload(canaries.inText[0], `${canaries.inFileName[0]}.txt`)
  const { items } = await until(() => house.modules.webhooks.deliveries.list(house.owner, { endpointId: endpoint.id, limit: 1 }), (page) => page.items[0]?.state === 'delivered')
  expect(items[0]).toMatchObject({ tries: 2, response: said })
  await house.modules.webhooks.endpoints.remove(house.owner, { id: endpoint.id })
  await receiver.close()
  return secret
}

/** A member whose address and name say who they are. */
async function person(word: string) {
  const { orgId } = house.owner
  const userId = newId() as UserId
  await house.database.run({ kind: 'identity' }, async (tx) => {
    await tx.user.create({ data: { id: userId, email: `${word}@example.test`, name: canaries.inPerson[2], passwordHash: 'none' } })
    await tx.membership.create({ data: { orgId, userId, role: 'editor' } })
  })
  return testActor(orgId, userId, 'editor')
}

/** Four runs of a flow that asks whoever a field names: approved with effects, handed on and rejected, withdrawn, and left open. */
async function carryThroughFlows(): Promise<void> {
  const [name, description, stageName, stageKey, branchKey, hook, tag] = canaries.inFlow
  const [note, approval, rejection, handedOn, withdrawal, comment] = canaries.inTask
  const [fieldValue, effectValue] = canaries.inMetadata
  const [approver, deputy] = [await person(canaries.inPerson[0]), await person(canaries.inPerson[1])]
  const stage = { key: stageKey, name: stageName, ask: [{ field: 'approver' }], decide: { rule: 'all' }, when: { fact: 'metadata.subject', is: fieldValue } }
  const flowId = await house.publish({
    name, description,
    stages: [stage, { parallel: [{ key: branchKey, stages: [{ ...stage, key: `${stageKey}-2` }] }, { key: 'other', when: { fact: 'pages', above: 1_000 }, stages: [{ ...stage, key: 'never' }] }] }],
    effects: { approved: [{ do: 'set', metadata: { outcome: effectValue } }, { do: 'tag', add: [tag], remove: [] }, { do: 'hook', name: hook }] },
  })
  const begin = async () => {
    const { id: documentId } = await house.document()
    await house.documents.setMetadata(house.owner, { id: documentId, metadata: { approver: `${canaries.inPerson[0]}@example.test`, subject: fieldValue } })
    const { id } = await house.runs.start(house.editor, { flowId, documentId, note })
    const [task] = await house.asks(id, 1)
    if (task === undefined) throw new Error('nobody is asked')
    return { id, task }
  }
  const approved = await begin()
  await house.runs.comment(approver, { id: approved.id, text: comment, mentions: [deputy.userId], attachments: [] })
  expect(await house.decide(approver, approved.task, 'approve', { comment: approval })).toMatchObject({ status: 'decided' })
  const [second] = await until(async () => house.openTasks(await house.get(approved.id)), (tasks) => tasks.length === 1)
  if (second === undefined) throw new Error('nobody is asked a second time')
  expect(await house.decide(approver, second, 'approve', { comment: approval })).toMatchObject({ status: 'decided' })
  expect(await until(() => house.get(approved.id), ({ state, effects }) => state !== 'running' && effects.every((effect) => effect.state !== 'waiting'))).toMatchObject({ state: 'approved', effects: [{ state: 'done' }, { state: 'done' }, { state: 'done' }] })
  const rejected = await begin()
  await house.tasks.delegate(approver, { id: rejected.task.id, to: deputy.userId, reason: handedOn })
  const [theirs] = await until(async () => house.openTasks(await house.get(rejected.id)), (tasks) => tasks.some(({ assigneeId }) => assigneeId === deputy.userId))
  if (theirs === undefined) throw new Error('the deputy is not asked')
  expect(await house.decide(deputy, theirs, 'reject', { comment: rejection })).toMatchObject({ status: 'decided' })
  expect(await house.ended(rejected.id)).toMatchObject({ state: 'rejected' })
  await house.runs.withdraw(house.editor, { id: (await begin()).id, reason: withdrawal })
  await begin()
}

async function cancelMidway(): Promise<void> {
  const begun = Promise.withResolvers<void>()
  instead.readDocument = () => Promise.resolve({
    mime: 'application/pdf', format: 'pdf', provenance: { extractor: 'pdf', engine: 'pdfium', model: null, version: '2.1.13' }, facts: { title: null, author: null, createdAt: null, modifiedAt: null }, language: null, attachments: [], warnings: [],
    pages: [1, 2].map((number) => ({ number, text: '', needsOcr: true, warnings: [] })),
  })
  instead.ocrPages = ({ signal, onPage }) => {
    onPage({ number: 1, text: canaries.inScan[0], source: 'ocr', confidence: 90, warnings: [], provenance: { extractor: 'pdf', engine: 'tesseract', model: 'eng', version: '5.3.0' } })
    begun.resolve()
    return new Promise((_, reject) => { signal.addEventListener('abort', () => { reject(new Error(canaries.inScan[0])) }, { once: true }) })
  }
  const { id, versionId } = await house.upload('pixels', 'pixels.pdf')
  await begun.promise
  await house.documents.cancel(house.editor, { id })
  await until(() => house.processing.status({ versionId, attempt: 1 }), (status) => status !== 'open')
  expect(await house.documents.get(house.editor, { id })).toMatchObject({ state: 'cancelled' })
}

test('what Temporal keeps of documents read, opened, failed and cancelled, of flows, and of webhooks, holds none of 41 words of texts, names, passwords, decisions, addresses and errors', async () => {
  expect(new Set(words).size).toBe(41)
  const secrets: string[] = []
  try {
    await readWell()
    await carryThroughFlows()
    await openWithPassword()
    await failInManyWays()
    await cancelMidway()
    secrets.push((await tellWebhook()).slice(6, 30))
  } finally {
    Object.assign(instead, { readDocument: undefined, ocrPages: undefined })
  }
  expect(await found([...words, ...secrets])).toEqual([])
  // The runs are there: what operators may read of them is found by the same search.
  const open = ['Identify the file', 'documentProcessing', 'Send what is due', 'webhookEndpoint', 'approval', 'Carry a document through a flow', 'Record a decision']
  expect(await found(open)).toEqual(open)
}, 240_000)

test('the search is able to find: a word in the clear, in UTF-16 and in base64, wherever it lies in a payload', async () => {
  const { workflow } = house.client
  const start = (workflowId: string) => workflow.start('documentProcessing', { workflowId, taskQueue: 'nobody', args: [] })
  const inBase64 = ['sixtyfourmallow', 'sixtyfourdock', 'sixtyfoursorrel']
  await start('run-of-clearthistle')
  for (const [before, word] of inBase64.entries()) await start(`base64-${Buffer.from(`${'.'.repeat(before)}${word}.`).toString('base64')}`)
  expect(await found(['clearthistle', ...inBase64, 'neverthere'])).toEqual(['clearthistle', ...inBase64])
  const wide = Buffer.concat([Buffer.alloc(1), Buffer.from('widenettle', 'utf16le')])
  expect(formsOf('widenettle').some((form) => wide.includes(form))).toBe(true)
})
