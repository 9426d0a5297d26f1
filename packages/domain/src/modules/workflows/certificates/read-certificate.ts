import { readCertificate as parse } from '@intellidocs/certificate'
import type { CertificateFormat, FlowRunId } from '@intellidocs/contracts'
import { AppError, recordAudit, type Actor } from '@intellidocs/kernel'
import { documentOfRun, findCertificate } from './certificates.repository.ts'
import type { CertificatesDeps } from './certificates.types.ts'
import { issueCertificates } from './issue-certificate.ts'

export type Asked = { readonly id: FlowRunId; readonly format: CertificateFormat }
/** A certificate as it is saved. */
export type CertificateFile = { readonly bytes: Buffer; readonly contentType: string; readonly fileName: string }

/**
 * The text of a run's certificate, for readers of its document who may also see who the members are, as it names them with their addresses; that it was read is written
 * down. One that was not issued when the run ended is issued now.
 * @throws AppError auth.forbidden, run.not_found, certificate.not_yet
 */
export async function readCertificate(deps: CertificatesDeps, actor: Actor, asked: Asked): Promise<string> {
  if (!actor.permissions.has('members:read')) throw new AppError('auth.forbidden')
  const found = await look(deps, actor, asked)
  if (found !== null) return found
  await issueCertificates(deps, actor.orgId, [asked.id])
  const made = await look(deps, actor, asked)
  if (made === null) throw new AppError('certificate.not_yet')
  return made
}

function look(deps: CertificatesDeps, actor: Actor, { id, format }: Asked): Promise<string | null> {
  return deps.runInTx(actor, async (tx) => {
    const of = { orgId: actor.orgId, runId: id }
    const documentId = await documentOfRun(tx, of)
    if (documentId === null || await deps.documents.facts.inTx(tx, actor, { id: documentId }) === null) throw new AppError('run.not_found')
    const body = await findCertificate(tx, of)
    if (body !== null) await recordAudit(tx, actor, { action: 'runs.certificate', subjectType: 'flowRun', subjectId: id, data: { format } })
    return body
  })
}

type Print = (text: string, signer: CertificatesDeps['signers'][number]) => Promise<Buffer>

/** Fonts and what draws with them are loaded when the first certificate is printed: most processes never print one. */
export function createPrint(): Print {
  let printer: Promise<{ print: Print }> | undefined
  return async (text, signer) => {
    printer ??= import('@intellidocs/certificate/page').then(({ createPrinter }) => createPrinter())
    return (await printer).print(text, signer)
  }
}

/** The same as a file. The pages are signed with the key of the certificate while the installation has it, else with the present one. */
export async function certificateFile(deps: CertificatesDeps & { readonly print: Print }, actor: Actor, asked: Asked): Promise<CertificateFile> {
  const text = await readCertificate(deps, actor, asked)
  const fileName = `certificate-${asked.id}.${asked.format}`
  if (asked.format === 'json') return { bytes: Buffer.from(text, 'utf8'), contentType: 'application/json', fileName }
  const [present] = deps.signers
  const signer = deps.signers.find(({ keyId }) => keyId === parse(text)?.keyId) ?? present
  return { bytes: await deps.print(text, signer), contentType: 'application/pdf', fileName }
}
