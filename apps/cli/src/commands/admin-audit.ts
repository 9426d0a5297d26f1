import type { AuditRow } from '@intellidocs/contracts'
import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { listAll } from '../lookup.ts'
import { count, formatTable, printable } from '../output.ts'
import { positiveInteger } from '../values.ts'

export const configureAdminAudit = (command: Command): Command => command
  .description("the installation's own audit, newest first").option('--action <beginning>', 'only actions that begin so, as admin. or users.')
  .option('--subject <id>', 'only what was done to this').option('--limit <n>', 'at most so many rows', positiveInteger, 50)

type Filter = { action?: string; subject?: string; limit: number }

export async function adminAudit({ client, out }: CliContext, _args: string[], { action, subject, limit }: Filter): Promise<Result> {
  const filter = { ...(action === undefined ? {} : { action }), ...(subject === undefined ? {} : { subjectId: subject }) }
  const rows = await listAll((page) => client.api.admin.audit.list.query({ ...page, ...filter }), limit)
  for (const line of formatTable(rows.map(cellsOf))) out.print(line)
  if (rows.length === 0) out.print('Nothing was written down that fits.')
  return done({ rows })
}

/** `…` in place of a number: not sealed yet. */
const cellsOf = ({ seq, at, actor, action, subject }: Omit<AuditRow, 'data'>): string[] => [
  seq === null ? '…' : String(seq), at.slice(0, 19).replace('T', ' '), actor.kind === 'system' ? 'the product' : actor.id, printable(actor.address ?? ''),
  printable(action), printable(`${subject.type} ${subject.id ?? ''}`),
]

export const configureAdminVerifyAudit = (command: Command): Command => command.description("check the chain of the installation's own audit")

export async function adminVerifyAudit({ client, out }: CliContext): Promise<Result> {
  let answer = await client.api.admin.audit.verify.query({})
  while (answer.ok === null && answer.nextCursor !== null) answer = await client.api.admin.audit.verify.query({ cursor: answer.nextCursor })
  if (answer.broken === null) out.print(`${count(answer.total, 'row')} as they were sealed, ${answer.unsealed} not sealed yet.`)
  else out.print(`Row ${answer.broken.seq} is not as it was sealed: ${printable(answer.broken.problem)}.`)
  return { value: answer, ok: answer.ok === true }
}
