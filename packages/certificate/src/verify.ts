import { verifyCheckpoint } from '@intellidocs/audit'
import { onOtherBytes, type Certificate } from './certificate.ts'
import { compareExport } from './compare-export.ts'
import { compareRows, type SealedLines } from './compare-rows.ts'
import { finding, type Finding } from './findings.ts'
import { byOutcome } from './outcomes.ts'
import { isPdf, openPdf } from './sealed-pdf.ts'
import { canonicalJson, readCertificate, signedPart, standingOf, type Signed } from './signing.ts'

export type CertificateReport = {
  readonly ok: boolean
  readonly kind: 'json' | 'pdf'
  /** What the file says, proven only where there are no findings; null when it says nothing that can be read. */
  readonly certificate: Certificate | null
  /** Decisions on other bytes than the document's that the flow lets stand. */
  readonly kept: number
  readonly findings: readonly Finding[]
}

type Given = {
  /** Public keys that are trusted (base64url). Without any the one in the file is believed, which proves only that the file fits itself. */
  readonly keys: readonly string[]
  /** SHA-256 of a file that is said to be the document. */
  readonly document?: string | undefined
  /** An export of the audit, line by line. */
  readonly export?: AsyncIterable<string> | undefined
  /** The rows of the audit about the run, as the lines that were sealed; taken for proven. */
  readonly rows?: SealedLines | undefined
}

/** Verifies a certificate, JSON or PDF, with nothing but itself and the public key. Never throws for what is in the files. */
export async function verifyCertificate(file: Uint8Array, given: Given): Promise<CertificateReport> {
  const kind = isPdf(file) ? 'pdf' : 'json'
  const opened = kind === 'pdf' ? openPdf(file) : { text: file, page: null }
  const text = opened === null ? null : decoded(opened.text)
  const certificate = text === null ? null : readCertificate(text)
  if (opened === null || certificate === null) return { ok: false, kind, certificate: null, kept: 0, findings: [finding('form')] }
  const keys = given.keys.length > 0 ? given.keys : [certificate.publicKey]
  const found = [
    ...canonicalJson(certificate) === text ? [] : [finding('spelling')],
    ...bySignature(keys, signedPart(certificate), 'signature.wrong', 'signature.unknown-key'),
    ...opened.page === null ? [] : bySignature(keys, opened.page, 'page.changed', 'page.unknown-key'),
    ...byContent(certificate),
    ...given.document === undefined || given.document === certificate.document.sha256 ? [] : [finding('document.different')],
    // What the certificate's key signed names the audit's key, so that trust in one is trust in both.
    ...given.rows === undefined ? [] : compareRows(certificate, given.rows),
    ...given.export === undefined ? [] : await compareExport(certificate, given.export, [...keys, certificate.audit.publicKey]),
  ]
  const kept = certificate.decisions.filter((decision) => onOtherBytes(certificate, decision)?.keeps === true).length
  return { ok: found.length === 0, kind, certificate, kept, findings: found }
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

function bySignature(keys: readonly string[], signed: Signed, wrong: Finding['code'], unknown: Finding['code']): Finding[] {
  const standing = standingOf(keys, signed)
  return standing === 'holds' ? [] : [finding(standing === 'wrong' ? wrong : unknown, standing === 'wrong' ? null : signed.keyId)]
}

function byContent(certificate: Certificate): Finding[] {
  const { decisions, audit, org } = certificate
  const others = decisions.flatMap((decision, at) => (onOtherBytes(certificate, decision)?.keeps === false ? [finding('decision.other-bytes', at + 1)] : []))
  const head = verifyCheckpoint([audit.publicKey], audit.head) && audit.head.org === org.id && audit.rows.every(({ seq }) => seq <= audit.head.seq)
  return [...others, ...byOutcome(certificate), ...head ? [] : [finding('audit.head')]]
}
