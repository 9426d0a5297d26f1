import { createHash } from 'node:crypto'
import { endText, exportFormat, hashOfRow, hashOfSeal, lineOfRow, lineOfSeal, signCheckpoint, signerFrom, type Signer } from '@intellidocs/audit'
import type { DocumentId, FlowId, FlowRunId, OrgId, UserId } from '@intellidocs/contracts'
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
const actions = ['workflows.run-started.v1', 'workflows.stage-opened.v1', 'workflows.task-decided.v1', 'workflows.task-decided.v1', 'workflows.stage-closed.v1', 'workflows.run-ended.v1']

/** A chain of one seal: the rows about the run, and one about something else in their midst. */
const lines = [...actions.slice(0, 3), 'documents.download', ...actions.slice(3)].map((action, at) => lineOfRow({
  seq: at + 1, org: ORG, xid: String(700 + at), id: String(at + 1), at: `2026-11-29T09:0${at}:00.000000Z`, actorId: id(11), actorKind: 'user', sessionId: null, keyId: null,
  address: null, action, subjectType: 'run', subjectId: id(5), requestId: null, dataText: '{}',
}))
const seal = { org: ORG, number: 1, first: 1, count: lines.length, at: '2026-11-29T09:10:00.000000Z', previous: '', rowHashes: Buffer.concat(lines.map(hashOfRow)) }
const sealHash = hashOfSeal(seal).toString('hex')
const head = signCheckpoint(auditSigner, { org: ORG as OrgId, seal: 1, seq: lines.length, hash: sealHash, at: '2026-11-29T09:10:01.000000Z' })

/** The export of the audit that the certificate is about. */
export function exportLines(by: Signer = auditSigner): string[] {
  const header = {
    type: 'header', format: exportFormat, org: ORG, complete: true, note: '', filter: {}, first: 1, seals: 1, last: lines.length, exportedAt: '2026-11-29T10:00:00.000Z',
    keyId: by.keyId, publicKey: by.publicKey,
  }
  const checkpoint = by === auditSigner ? head : signCheckpoint(by, head)
  const all = [JSON.stringify(header), lineOfSeal(seal, sealHash), ...lines, JSON.stringify({ type: 'checkpoint', ...checkpoint })]
  const end = { rows: lines.length, digest: createHash('sha256').update(all.map((line) => `${line}\n`).join('')).digest('hex'), keyId: by.keyId }
  return [...all, JSON.stringify({ type: 'end', ...end, signature: by.sign(endText(end)) })]
}

const closed = { openedAt: '2026-11-28T09:00:00.000Z', closedAt: '2026-11-28T16:30:00.000Z' }

/** A run in two stages, the first of which was asked twice. */
export function content(): CertificateContent {
  const decided = { why: 'asked' as const, verdict: 'approve' as const, version: 2, contentSha256, secondFactor: true, via: 'session' as const, comment: null, onBehalfOf: null }
  return {
    org: { id: ORG as OrgId, name: 'Hafen & Söhne' },
    run: {
      id: id(5) as FlowRunId, requester: person(10, 'Ana Lúcia de Assunção'), byItself: false, note: 'For the meeting of 1 December.', startedAt: '2026-11-27T08:15:00.000Z',
      endedAt: '2026-11-29T09:06:30.000Z', outcome: 'approved', reason: null,
    },
    flow: { id: id(3) as FlowId, name: 'Contracts over 50,000', version: 4, specSha256: canonicalSha256({ name: 'Contracts over 50,000' }) },
    document: { id: id(4) as DocumentId, name: 'Framework agreement 2027.pdf', version: 2, sha256: contentSha256, size: documentBytes.length },
    stages: [
      { key: 'legal', name: 'Legal', round: 1, outcome: 'stale', rule: { rule: 'all' }, counts: false, keeps: false, ...closed },
      { key: 'legal', name: 'Legal', round: 2, outcome: 'approved', rule: { rule: 'all' }, counts: true, keeps: false, ...closed },
      { key: 'directors', name: 'Directors', round: 1, outcome: 'approved', rule: { rule: 'quorum', approvals: 2 }, counts: true, keeps: false, ...closed },
    ],
    decisions: [
      { ...decided, stage: 'legal', round: 1, person: person(11, 'Bert Ohlsson'), at: '2026-11-27T12:00:00.000Z', version: 1, contentSha256: otherSha256 },
      { ...decided, stage: 'legal', round: 2, person: person(11, 'Bert Ohlsson'), at: '2026-11-28T11:00:00.000Z', comment: 'Clause 7 is as agreed now.', why: 'again' },
      { ...decided, stage: 'directors', round: 1, person: person(12, 'Chiara Rossi'), at: '2026-11-29T09:02:00.000Z', onBehalfOf: person(13, 'Dmitri Волков'), why: 'delegated' },
      { ...decided, stage: 'directors', round: 1, person: person(14, 'Ewa Żak'), at: '2026-11-29T09:04:00.000Z', secondFactor: false, via: 'apiKey' },
    ],
    audit: {
      rows: lines.map((line, at) => ({ seq: at + 1, hash: hashOfRow(line).toString('hex'), action: JSON.parse(line).action as string, at: `2026-11-29T09:0${at}:00.000Z` }))
        .filter(({ seq }) => seq !== 4),
      head, publicKey: auditSigner.publicKey,
    },
    issuedAt: '2026-11-29T09:10:02.000Z',
  }
}
