import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { linesOf } from '@intellidocs/audit'
import { verifyCertificate, type Certificate, type CertificateReport } from '@intellidocs/certificate'
import type { Command } from 'commander'
import type { CliContext, Result } from '../context.ts'
import { CommandError } from '../failure.ts'
import { count, printable } from '../output.ts'

type Options = { key: string[]; document?: string; export?: string }

/** Ten thousand decisions are some 10 MB: what is larger is something else. */
const MAX_BYTES = 64 * 1024 * 1024

export const configureCertificateVerify = (command: Command): Command => command
  .description('verify a certificate offline, pages or text: nothing is needed but the file and the public key')
  .argument('<file>', 'as "intellidocs certificate save" wrote it')
  .option('--key <public>', 'the public key to trust, from "intellidocs certificate key"; may be given again after the secret key was changed',
    (key: string, before: string[]) => [...before, key], [])
  .option('--document <file>', 'a file that must be the document that was decided on')
  .option('--export <file>', 'an export of the audit in JSON lines that must hold the rows that the certificate names, and tell what it does')

export async function certificateVerify({ out, signal }: CliContext, [file = '']: string[], options: Options): Promise<Result> {
  if ((await stat(file)).size > MAX_BYTES) throw new CommandError(`${file} is too large to be a certificate.`)
  const report = await verifyCertificate(await readFile(file, { signal }), {
    keys: options.key,
    document: options.document === undefined ? undefined : await sha256Of(options.document, signal),
    export: options.export === undefined ? undefined : linesOf(createReadStream(options.export, { signal })),
  })
  const trusted = options.key.length > 0
  if (!trusted && report.certificate !== null) {
    out.note(`The key in the file was believed (${report.certificate.keyId}). Give --key to know that it is the installation's.`)
  }
  for (const { at, problem } of report.findings) out.print(`${out.colors.red('wrong')}${at === null ? '' : ` at ${printable(at)}`}: ${problem}`)
  if (report.ok && report.certificate !== null) for (const line of sentencesOf(report, report.certificate, options)) out.print(line)
  if (report.ok) out.print(out.colors.green('ok'))
  const { ok, kind, certificate, kept, findings } = report
  return { value: { ok, kind, trusted, kept, findings, certificate }, ok }
}

async function sha256Of(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash, { signal })
  return hash.digest('hex')
}

const day = (at: string): string => at.slice(0, 10)

function* sentencesOf({ kind, kept }: CertificateReport, it: Certificate, options: Options): Generator<string> {
  const { document, run, flow, decisions, audit } = it
  yield `"${printable(document.name)}", version ${document.version}: ${run.outcome} in "${printable(flow.name)}" on ${day(run.endedAt)}.`
  for (const { person, verdict, at, secondFactor } of decisions) {
    yield `  ${verdict === 'approve' ? 'approved' : 'rejected'}  ${day(at)}  ${printable(person.name ?? person.id)}${secondFactor ? ', with a second factor' : ''}`
  }
  if (kept > 0) yield `${count(kept, 'decision')} on an earlier version; the flow lets them stand.`
  yield `Signed ${day(it.issuedAt)} with key ${it.keyId}${kind === 'pdf' ? ', the pages too' : ''}.`
  if (options.document !== undefined) yield `${printable(options.document)} is the document.`
  if (options.export !== undefined) yield `${count(audit.rows.length, 'row')} of the audit as in the export.`
}
