import { IntelliDocsError, type IntelliDocsClient } from '@intellidocs/client'
import type { AuditRow } from '@intellidocs/contracts'
import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { listAll } from '../lookup.ts'
import { findUserId, listMembers } from '../lookup-people.ts'
import { formatTable, printable } from '../output.ts'
import { positiveInteger } from '../values.ts'

export type FilterOptions = { actor?: string; action?: string; subject?: string; from?: string; to?: string }

/** The same narrowing for what is listed and what is exported. */
export const withFilter = (command: Command): Command => command
  .option('--actor <member>', 'only what they did: address, name, or id of whoever has left')
  .option('--action <beginning>', 'only actions that begin so, as documents. or users.api-key')
  .option('--subject <id>', 'only what was done to this')
  .option('--from <time>', 'from this moment on, ISO 8601')
  .option('--to <time>', 'before this moment, ISO 8601')

export const filterOf = async (client: IntelliDocsClient, { actor, action, subject, from, to }: FilterOptions) => ({
  ...(actor === undefined ? {} : { actorId: await findUserId(client, actor) }), ...(action === undefined ? {} : { action }),
  ...(subject === undefined ? {} : { subjectId: subject }), ...(from === undefined ? {} : { from: moment(from) }), ...(to === undefined ? {} : { to: moment(to) }),
})

/** A day stands for its beginning, in UTC. What is no moment is left for the server to refuse. */
const moment = (text: string): string => (/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text)

export const configureAuditList = (command: Command): Command => withFilter(command)
  .description('who did what, newest first')
  .option('--limit <n>', 'at most so many rows', positiveInteger, 50)

export async function auditList({ client, out }: CliContext, _args: string[], options: FilterOptions & { limit: number }): Promise<Result> {
  const filter = await filterOf(client, options)
  const rows = await listAll((page) => client.api.audit.list.query({ ...page, ...filter }), options.limit)
  const emails = await emailsOf(client)
  for (const line of formatTable(rows.map((row) => cellsOf(row, emails)))) out.print(line)
  if (rows.length === 0) out.print('Nothing was written down that fits.')
  return done({ rows })
}

/** `…` in place of a number: not sealed yet. */
function cellsOf({ seq, at, actor, action, subject }: Omit<AuditRow, 'data'>, emails: ReadonlyMap<string, string>): string[] {
  const who = actor.kind === 'system' ? 'the product' : `${emails.get(actor.id) ?? actor.id}${actor.keyId === null ? '' : ` by key ${actor.keyId}`}`
  const to = subject.type === 'member' ? emails.get(subject.id ?? '') ?? subject.id : subject.id
  return [
    seq === null ? '…' : String(seq), at.slice(0, 19).replace('T', ' '), printable(who),
    printable(actor.address ?? ''), printable(action), printable(`${subject.type} ${to ?? ''}`),
  ]
}

/** Addresses of the members by their ids; none for whoever may not list them. Who has left keeps their id. */
async function emailsOf(client: IntelliDocsClient): Promise<ReadonlyMap<string, string>> {
  try {
    return new Map((await listMembers(client)).map(({ userId, email }) => [userId, email]))
  } catch (error) {
    if (!(error instanceof IntelliDocsError) || error.appCode !== 'auth.forbidden') throw error
    return new Map()
  }
}

export const configureAuditKey = (command: Command): Command => command
  .description('the public key that signs exports and checkpoints; keep it apart from them')

export async function auditKey({ client, out }: CliContext): Promise<Result> {
  const key = await client.api.audit.key.query()
  out.print(key.publicKey)
  return done(key)
}

export const configureAuditCheckpoint = (command: Command): Command => command
  .description('sign how far the audit has come: kept elsewhere, it shows when the end is cut off')

export async function auditCheckpoint({ client, out }: CliContext): Promise<Result> {
  const answer = await client.api.audit.checkpoint.mutate()
  out.print(answer.checkpoint === null ? 'Nothing was sealed yet.' : JSON.stringify(answer.checkpoint))
  return done(answer)
}
