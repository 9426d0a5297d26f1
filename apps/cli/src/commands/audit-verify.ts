import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { linesOf, verifyExport, type Checkpoint } from '@intellidocs/audit'
import { auditContract } from '@intellidocs/contracts'
import type { Command } from 'commander'
import type { CliContext, Result } from '../context.ts'
import { CommandError, UsageError } from '../failure.ts'
import { count, printable } from '../output.ts'

type Options = { key: string[]; checkpoint?: string }

const TELL_EVERY_ROWS = 100_000

export const configureAuditVerify = (command: Command): Command => command
  .description('verify an export offline, or without a file the chain on the server; names the first broken number')
  .argument('[file]', 'an export in JSON lines')
  .option('--key <public>', 'the public key to trust, from "intellidocs audit key"; may be given again after the secret key was changed',
    (key: string, before: string[]) => [...before, key], [])
  .option('--checkpoint <file>', 'without a file: a checkpoint that was kept elsewhere must still be part of the chain')

export async function auditVerify(context: CliContext, [file]: string[], options: Options): Promise<Result> {
  if (file === undefined) {
    if (options.key.length > 0) throw new UsageError('--key is for a file: the server knows its own keys.')
    return verifyOnServer(context, options.checkpoint === undefined ? undefined : await readCheckpoint(options.checkpoint))
  }
  if (options.checkpoint !== undefined) throw new UsageError('--checkpoint is for the chain on the server; a file has its own.')
  return verifyFile(context, file, options.key)
}

async function verifyFile({ out, signal }: CliContext, file: string, keys: string[]): Promise<Result> {
  const onRow = (rows: number): void => { if (out.interactive && rows % TELL_EVERY_ROWS === 0) out.note(`${count(rows, 'row')} …`) }
  const report = await verifyExport(linesOf(createReadStream(file, { signal })), { keys, onRow })
  const trusted = keys.length > 0
  if (!trusted) out.note(`The key in the file was believed (${printable(report.keyId ?? 'none')}). Give --key to know that it is the installation's.`)
  if (report.broken !== null) {
    const { seq, problem } = report.broken
    out.print(`${out.colors.red('broken')}${seq === null ? '' : ` at ${seq}`}: ${printable(problem)}. ${count(report.rows, 'row')} before it ${report.rows === 1 ? 'is' : 'are'} as sealed.`)
  } else {
    out.print(`${out.colors.green('ok')}: ${count(report.rows, 'row')}${report.complete ? `, 1 to ${report.last}, none missing`
      : ' as sealed; filtered, so that nobody can tell from this file whether others are missing'}.`)
  }
  return { value: { ...report, trusted }, ok: report.ok }
}

async function verifyOnServer({ client, out, signal }: CliContext, checkpoint: Checkpoint | undefined): Promise<Result> {
  for (let cursor: string | undefined; ;) {
    signal.throwIfAborted()
    const step = await client.api.audit.verify.query({ ...(cursor === undefined ? {} : { cursor }), ...(checkpoint === undefined ? {} : { checkpoint }) })
    if (step.ok === null && step.nextCursor !== null) {
      if (out.interactive) out.note(`${step.checked} of ${count(step.total, 'row')} …`)
      cursor = step.nextCursor
      continue
    }
    const { ok, checked, total, unsealed, broken } = step
    if (broken === null) out.print(`${out.colors.green('ok')}: ${count(checked, 'row')} as sealed; ${unsealed} not sealed yet.`)
    else out.print(`${out.colors.red('broken')} at ${broken.seq}: ${printable(broken.problem)}. ${count(checked, 'row')} before it hold.`)
    return { value: { ok: ok === true, checked, total, unsealed, broken }, ok: ok === true }
  }
}

/** As `audit checkpoint` wrote it, with `--json` or without. */
async function readCheckpoint(path: string): Promise<Checkpoint> {
  const text = await readFile(path, 'utf8')
  try {
    const value: unknown = JSON.parse(text)
    const inner = typeof value === 'object' && value !== null && 'checkpoint' in value ? value.checkpoint : value
    return auditContract.checkpoint.parse(inner)
  } catch (error) {
    throw new CommandError(`${path} is not a checkpoint of "intellidocs audit checkpoint".`, { cause: error })
  }
}
