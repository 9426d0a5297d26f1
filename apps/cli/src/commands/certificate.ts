import { createWriteStream } from 'node:fs'
import { access, rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { IntelliDocsError, type Download } from '@intellidocs/client'
import { certificatesContract, type CertificateFormat } from '@intellidocs/contracts'
import { Option, type Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { CommandError } from '../failure.ts'
import { findRunId } from '../lookup-flows.ts'
import { printable } from '../output.ts'

type Options = { output?: string; format: string; force?: boolean }

export const configureCertificateSave = (command: Command): Command => command
  .description('save the certificate of a run: pages to keep, or the signed text')
  .argument('<run>', 'its id, or the exact name of a document for the newest run on it')
  .addOption(new Option('--format <format>', 'what to write').choices([...certificatesContract.certificateFormats]).default('pdf'))
  .option('-o, --output <file>', 'the file to write; left out: certificate-<run>.<format>, here')
  .option('--force', 'write over a file that is there')

export async function certificateSave(context: CliContext, [named = '']: string[], options: Options): Promise<Result> {
  const { client, out } = context
  const format = certificatesContract.certificateFormat.parse(options.format)
  const run = await findRunId(client, named)
  const path = options.output ?? `certificate-${run}.${format}`
  if (options.force !== true && await access(path).then(() => true, () => false)) {
    throw new CommandError(`${path} is already there. Write over it with --force, or elsewhere with --output.`)
  }
  const { stream } = await issued(context, run, format)
  const part = `${path}.part`
  try {
    await pipeline(stream, createWriteStream(part, { mode: 0o600 }))
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
  out.print(`${printable(path)} is written. Check it with "intellidocs certificate verify ${printable(path)}".`)
  return done({ run, format, path })
}

/** What the end of a run wrote is sealed within seconds: nobody has to come back for that. */
const ISSUED_WITHIN_MS = 30_000
const LOOK_EVERY_MS = 500

async function issued({ client, signal }: CliContext, run: string, format: CertificateFormat): Promise<Download> {
  const until = performance.now() + ISSUED_WITHIN_MS
  for (;;) {
    try {
      return await client.certificate(run, { format, signal })
    } catch (error) {
      const isEarly = error instanceof IntelliDocsError && error.appCode === 'certificate.not_yet' && performance.now() < until
      if (!isEarly || (await client.api.workflows.runs.get.query({ id: run })).endedAt === null) throw error
    }
    await delay(LOOK_EVERY_MS, undefined, { signal })
  }
}

export const configureCertificateKey = (command: Command): Command => command
  .description('the public key that signs certificates; keep it apart from them, and give it to whoever is to check one')

export async function certificateKey({ client, out }: CliContext): Promise<Result> {
  const key = await client.api.workflows.runs.certificateKey.query()
  out.print(key.publicKey)
  return done(key)
}
