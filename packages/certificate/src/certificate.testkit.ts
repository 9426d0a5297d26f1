import { createHash } from 'node:crypto'
import { endText, exportFormat, hashOfRow, hashOfSeal, lineOfRow, lineOfSeal, signCheckpoint, signerFrom, type Signer } from '@intellidocs/audit'
import type { DocumentId, FlowId, FlowRunId, FlowTaskId, OrgId, UserId } from '@intellidocs/contracts'
import { createPrinter } from './page/index.ts'
import { canonicalSha256, type CertificateContent } from './signing.ts'

export { issueCertificate } from './signing.ts'
export const printCertificate = (text: string, by: Signer): Promise<Buffer> => createPrinter().print(text, by)

/** Keys as an installation has them: one for certificates, one for the audit. */
export const signer: Signer = signerFrom(Buffer.alloc(32, 1))
export const auditSigner: Signer = signerFrom(Buffer.alloc(32, 2))
export const strangers: Signer = signerFrom(Buffer.alloc(32, 3))

/** A signature that stands for the same 64 bytes in another spelling: its last character has four bits that say nothing. */
export const respelled = (signature: string): string => signature.slice(0, -1) + String.fromCharCode(signature.charCodeAt(85) + 1)

const id = (number: number): string => `0197f0aa-0000-7000-8000-${String(number).padStart(12, '0')}`
const person = (number: number, name: string, email = `person${number}@example.com`) => ({ id: id(number) as UserId, name, email })
export const documentBytes = Buffer.from('What the board decided on.')
const contentSha256 = createHash('sha256').update(documentBytes).digest('hex')
export const otherSha256 = createHash('sha256').update('Other words.').digest('hex')

const ORG = id(1)
const task = (number: number) => id(20 + number) as FlowTaskId
const decisionId = (number: number): string => id(40 + number)
const comment = 'Clause 7 is as agreed now.'

type Data = Readonly<Record<string, unknown>>
const row = (action: string, by: number, data: Data, kind = 'user') => ({ action, by, data, kind })
const assigned = (number: number, stage: string, round: number, given: Data) => row('workflows.task-assigned.v1', 1, { taskId: task(number), stage, round, for: null, by: null, why: 'asked', ...given })
const decided = (number: number, by: number, given: Data, kind = 'user') => row('workflows.task-decided.v1', by, {
  taskId: task(number), byId: id(by), verdict: 'approve', decisionId: decisionId(number), version: 2, contentSha256, secondFactor: true, commentSha256: null, ...given,
}, kind)
const unheard = (number: number, assigneeId: string, why: string) => row('workflows.task-closed.v1', 1, { taskId: task(number), assigneeId, why })
const stageClosed = (stage: string, round: number, outcome: string) => row('workflows.stage-closed.v1', 1, { stage, round, outcome })
const ofFlow = { flowId: id(3), flowVersion: 4, requesterId: id(10) }

/** What the audit tells of the run, with a row about something else in its midst. */
const history = [
  row('workflows.run-started.v1', 10, { ...ofFlow, documentId: id(4), cause: null }),
  row('workflows.stage-opened.v1', 1, { stage: 'legal', round: 1, tasks: 2 }),
  assigned(1, 'legal', 1, { assigneeId: id(11) }),
  row('documents.download', 11, {}),
  assigned(2, 'legal', 1, { assigneeId: id(15) }),
  decided(1, 11, { version: 1, contentSha256: otherSha256, at: '2026-11-27T12:00:00.000Z' }),
  unheard(2, id(15), 'stale'), stageClosed('legal', 1, 'stale'),
  assigned(3, 'legal', 2, { assigneeId: id(11), why: 'again' }), assigned(4, 'legal', 2, { assigneeId: id(15), why: 'again' }),
  unheard(4, id(15), 'moved'),
  decided(3, 11, { at: '2026-11-28T11:00:00.000Z', commentSha256: createHash('sha256').update(comment).digest('hex') }), stageClosed('legal', 2, 'approved'),
  assigned(5, 'directors', 1, { assigneeId: id(12), for: id(13), why: 'delegated' }), assigned(6, 'directors', 1, { assigneeId: id(14), why: 'reassigned', by: id(10) }),
  assigned(7, 'directors', 1, { assigneeId: id(16) }),
  decided(5, 12, { at: '2026-11-29T09:02:00.000Z' }), decided(6, 14, { at: '2026-11-29T09:04:00.000Z', secondFactor: false }, 'apiKey'),
  unheard(7, id(16), 'stage'), stageClosed('directors', 1, 'approved'),
  row('workflows.run-ended.v1', 1, { ...ofFlow, outcome: 'approved', reason: null, version: 2, contentSha256, at: '2026-11-29T09:06:30.000Z' }, 'system'),
]
const rowAt = (at: number): string => `2026-11-29T09:${String(at).padStart(2, '0')}:00.000`
const lines = history.map(({ action, by, data, kind }, at) => lineOfRow({
  seq: at + 1, org: ORG, xid: String(700 + at), id: String(at + 1), at: `${rowAt(at)}000Z`, actorId: id(by), actorKind: kind, sessionId: null, keyId: null,
  address: null, action, subjectType: action === 'documents.download' ? 'document' : 'flowRun', subjectId: action === 'documents.download' ? id(4) : id(5), requestId: null, dataText: JSON.stringify(data),
}))
/** Those about the run, by number, as an installation has them when it issues. */
export const sealedLines = (): Map<number, string> => new Map(lines.map((line, at) => [at + 1, line] as const).filter(([seq]) => seq !== 4))
const seal = { org: ORG, number: 1, first: 1, count: lines.length, at: '2026-11-29T09:10:00.000000Z', previous: '', rowHashes: Buffer.concat(lines.map(hashOfRow)) }
const sealHash = hashOfSeal(seal).toString('hex')
const head = signCheckpoint(auditSigner, { org: ORG as OrgId, seal: 1, seq: lines.length, hash: sealHash, at: '2026-11-29T09:10:01.000000Z' })

/** The export of the audit that the certificate is about; `without` one row it is a filtered one. */
export function exportLines(by: Signer = auditSigner, without: number | null = null): string[] {
  const kept = lines.filter((_, at) => at + 1 !== without)
  const header = {
    type: 'header', format: exportFormat, org: ORG, complete: without === null, note: '', filter: {}, first: 1, seals: 1, last: lines.length, exportedAt: '2026-11-29T10:00:00.000Z',
    keyId: by.keyId, publicKey: by.publicKey,
  }
  const checkpoint = by === auditSigner ? head : signCheckpoint(by, head)
  const all = [JSON.stringify(header), lineOfSeal(seal, sealHash), ...kept, JSON.stringify({ type: 'checkpoint', ...checkpoint })]
  const end = { rows: kept.length, digest: createHash('sha256').update(all.map((line) => `${line}\n`).join('')).digest('hex'), keyId: by.keyId }
  return [...all, JSON.stringify({ type: 'end', ...end, signature: by.sign(endText(end)) })]
}

const closed = { openedAt: '2026-11-28T09:00:00.000Z', closedAt: '2026-11-28T16:30:00.000Z', dueAt: null, atDeadline: null }

/** A run in two stages, the first of which was asked twice. */
export function content(): CertificateContent {
  const [frida, hugo] = [person(15, 'Frida Mbeki'), person(16, 'Hugo Quispe')]
  const to = (number: number, stage: string, round: number) => ({ taskId: task(number), stage, round, why: 'asked' as const, onBehalfOf: null, handedOnBy: null })
  const said = (number: number, row: number) =>
    ({ id: decisionId(number), row, verdict: 'approve' as const, version: 2, contentSha256, secondFactor: true, via: 'session' as const, comment: null })
  return {
    org: { id: ORG as OrgId, name: 'Hafen & Söhne' },
    run: {
      id: id(5) as FlowRunId, requester: person(10, 'Ana Lúcia de Assunção'), began: 'request', note: 'For the meeting of 1 December.', startedAt: '2026-11-27T08:15:00.000Z',
      endedAt: '2026-11-29T09:06:30.000Z', outcome: 'approved', reason: null, withdrawnBy: null,
    },
    flow: { id: id(3) as FlowId, name: 'Contracts over 50,000', version: 4, specSha256: canonicalSha256({ name: 'Contracts over 50,000' }), stages: ['legal', 'directors'] },
    document: { id: id(4) as DocumentId, name: 'Framework agreement 2027.pdf', version: 2, sha256: contentSha256, size: documentBytes.length },
    stages: [
      { key: 'legal', name: 'Legal', round: 1, outcome: 'stale', rule: { rule: 'all' }, counts: false, keeps: false, ...closed },
      { key: 'legal', name: 'Legal', round: 2, outcome: 'approved', rule: { rule: 'all' }, counts: true, keeps: false, ...closed },
      { key: 'directors', name: 'Directors', round: 1, outcome: 'approved', rule: { rule: 'quorum', approvals: 2 }, counts: true, keeps: false, ...closed },
    ],
    decisions: [
      { ...to(1, 'legal', 1), ...said(1, 6), person: person(11, 'Bert Ohlsson'), at: '2026-11-27T12:00:00.000Z', version: 1, contentSha256: otherSha256 },
      { ...to(3, 'legal', 2), ...said(3, 12), person: person(11, 'Bert Ohlsson'), at: '2026-11-28T11:00:00.000Z', comment, why: 'again' },
      { ...to(5, 'directors', 1), ...said(5, 17), person: person(12, 'Chiara Rossi'), at: '2026-11-29T09:02:00.000Z', onBehalfOf: person(13, 'Dmitri Волков'), why: 'delegated' },
      {
        ...to(6, 'directors', 1), ...said(6, 18), person: person(14, 'Ewa Żak'), at: '2026-11-29T09:04:00.000Z', secondFactor: false, via: 'apiKey', why: 'reassigned',
        handedOnBy: person(10, 'Ana Lúcia de Assunção'),
      },
    ],
    unheard: [
      { ...to(2, 'legal', 1), person: frida, end: 'stale', at: '2026-11-28T08:00:00.000Z' },
      { ...to(4, 'legal', 2), person: frida, why: 'again', end: 'moved', at: '2026-11-28T10:00:00.000Z' },
      { ...to(7, 'directors', 1), person: hugo, end: 'stage', at: '2026-11-29T09:04:00.000Z' },
    ],
    audit: {
      rows: lines.map((line, at) => ({ seq: at + 1, hash: hashOfRow(line).toString('hex'), action: history[at]?.action ?? '', at: `${rowAt(at)}Z` })).filter(({ seq }) => seq !== 4),
      head, publicKey: auditSigner.publicKey,
    },
    issuedAt: '2026-11-29T09:10:02.000Z',
  }
}
