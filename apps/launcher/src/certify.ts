import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IntelliDocsError, type IntelliDocsClient } from '@intellidocs/client'
import type { FlowRunId } from '@intellidocs/contracts'
import { createTerminal, type Terminal } from './terminal.ts'
import { waitFor } from './wait-for.ts'

/** The certificate's files stay when the demo is over; `verified` and `changeNoticed` say what the verifier said without any server. */
export type Certified = { readonly certificate: { readonly pdf: string; readonly json: string; readonly verified: boolean; readonly changeNoticed: boolean } }

type Certifying = {
  readonly run: FlowRunId; readonly client: IntelliDocsClient
  /** Signed in. */
  readonly terminal: Terminal
  readonly configDir: string; readonly say: (line: string) => void; readonly signal: AbortSignal
}

/** Saves the certificate of a run as pages and as text, verifies both where no server can be asked, and shows that a changed one is noticed. */
export async function certify({ run, client, terminal, configDir, say, signal }: Certifying): Promise<Certified> {
  await waitFor(() => isIssued(client, run), (issued) => issued, { what: 'the certificate', signal })
  const folder = await mkdtemp(join(tmpdir(), 'intellidocs-certificate-'))
  const [pdf, json, changed] = [join(folder, 'certificate.pdf'), join(folder, 'certificate.json'), join(folder, 'changed.json')]
  const { stdout: key } = await terminal('certificate', 'key')
  for (const [format, path] of [['pdf', pdf], ['json', json]] as const) {
    const { code, stderr } = await terminal('certificate', 'save', run, '--format', format, '--output', path)
    if (code !== 0) throw new Error(`the certificate was not saved: ${stderr}`)
  }
  say(`certified  ${pdf}`)
  say(`           ${json}`)

  const offline = createTerminal({ url: 'http://127.0.0.1:9', configDir })
  const ofPdf = await offline('certificate', 'verify', pdf, '--key', key.trim())
  const ofJson = await offline('certificate', 'verify', json, '--key', key.trim())
  say('Anybody checks it with the public key alone, without this or any server:')
  say(`$ npx intellidocs certificate verify ${pdf} --key ${key.trim()}`)
  for (const line of `${ofPdf.stdout}${ofPdf.stderr}`.trimEnd().split('\n')) say(line)
  await writeFile(changed, (await readFile(json, 'utf8')).replace('"verdict":"approve"', '"verdict":"reject"'), { mode: 0o600 })
  const ofChanged = await offline('certificate', 'verify', changed, '--key', key.trim())
  await rm(changed)
  say(`One decision changed in a copy: ${ofChanged.stdout.trim()}`)
  return { certificate: { pdf, json, verified: ofPdf.code === 0 && ofJson.code === 0, changeNoticed: ofChanged.code === 1 } }
}

/** Its rows of the audit are sealed some seconds after the end. */
async function isIssued(client: IntelliDocsClient, id: FlowRunId): Promise<boolean> {
  try {
    await client.api.workflows.runs.certificate.query({ id })
    return true
  } catch (error) {
    if (error instanceof IntelliDocsError && error.appCode === 'certificate.not_yet') return false
    throw error
  }
}
