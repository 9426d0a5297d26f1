import { createWriteStream } from 'node:fs'
import { access, rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { certificatesContract } from '@intellidocs/contracts'
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

export async function certificateSave({ client, out, signal }: CliContext, [named = '']: string[], options: Options): Promise<Result> {
  const format = certificatesContract.certificateFormat.parse(options.format)
  const run = await findRunId(client, named)
  const path = options.output ?? `certificate-${run}.${format}`
  if (options.force !== true && await access(path).then(() => true, () => false)) {
    throw new CommandError(`${path} is already there. Write over it with --force, or elsewhere with --output.`)
  }
  const { stream } = await client.certificate(run, { format, signal })
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

export const configureCertificateKey = (command: Command): Command => command
  .description('the public key that signs certificates; keep it apart from them, and give it to whoever is to check one')

export async function certificateKey({ client, out }: CliContext): Promise<Result> {
  const key = await client.api.workflows.runs.certificateKey.query()
  out.print(key.publicKey)
  return done(key)
}
