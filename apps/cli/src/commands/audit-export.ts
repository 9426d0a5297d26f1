import { createReadStream, createWriteStream } from 'node:fs'
import { access, rename, rm } from 'node:fs/promises'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { linesOf, verifyExport } from '@intellidocs/audit'
import { auditContract } from '@intellidocs/contracts'
import { Option, type Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { CommandError } from '../failure.ts'
import { count, formatBytes, printable } from '../output.ts'
import { filterOf, withFilter, type FilterOptions } from './audit.ts'

type Options = FilterOptions & { format: string; output: string; force?: boolean }

const TELL_EVERY_BYTES = 64 * 1024 * 1024

export const configureAuditExport = (command: Command): Command => withFilter(command)
  .description('save the audit: JSON lines that prove themselves, or OCSF events for a SIEM')
  .addOption(new Option('--format <format>', 'what to write').choices([...auditContract.auditFormats]).default('jsonl'))
  .requiredOption('-o, --output <file>', 'the file to write')
  .option('--force', 'write over a file that is there')

export async function auditExport(context: CliContext, _args: string[], options: Options): Promise<Result> {
  const { client, out } = context
  const { output, force } = options
  if (force !== true && await access(output).then(() => true, () => false)) {
    throw new CommandError(`${output} is already there. Write over it with --force, or elsewhere with --output.`)
  }
  const format = auditContract.auditFormat.parse(options.format)
  const { path, complete } = await client.api.audit.export.query({ format, ...await filterOf(client, options) })
  const { bytes, lines } = await save(context, path, output)
  const told = format === 'jsonl' ? await proven(context, output) : count(lines, 'event')
  out.print(`${printable(output)}  ${formatBytes(bytes)}  ${told}${complete ? '' : ' (filtered: it cannot prove that nothing is missing)'}`)
  return done({ path: output, format, complete, bytes, lines })
}

/** Under its name only once everything has arrived. */
async function save({ client, out, signal }: CliContext, from: string, path: string): Promise<{ bytes: number; lines: number }> {
  const part = `${path}.part`
  let [bytes, lines, told] = [0, 0, 0]
  const counting = new Transform({
    transform(chunk: Buffer, _encoding, passed) {
      bytes += chunk.length
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1
      if (out.interactive && bytes - told >= TELL_EVERY_BYTES) {
        told = bytes
        out.note(`${formatBytes(bytes)}, ${count(lines, 'line')} …`)
      }
      passed(null, chunk)
    },
  })
  try {
    const { stream } = await client.auditExport(from, { signal })
    await pipeline(stream, counting, createWriteStream(part, { mode: 0o600 }))
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
  return { bytes, lines }
}

/** What was saved is read again: a proof that does not hold is no export. */
async function proven({ client }: CliContext, path: string): Promise<string> {
  const { publicKey } = await client.api.audit.key.query()
  const report = await verifyExport(linesOf(createReadStream(path)), { keys: [publicKey] })
  if (report.broken === null) return `${count(report.rows, 'row')}, verified`
  throw new CommandError(`${path} was saved, but ${report.broken.seq === null ? '' : `row ${report.broken.seq} is broken: `}${report.broken.problem}.`)
}
