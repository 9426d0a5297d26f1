import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { listAll } from '../lookup.ts'
import { formatMoment, formatTable, printable } from '../output.ts'
import { positiveInteger } from '../values.ts'

export const configureSupportGrant = (command: Command): Command => command
  .description('let administrators of the installation read in this organization for a time; owners only')
  .requiredOption('--reason <text>', 'what they are to look at').option('--hours <n>', 'for so long, 168 at most', positiveInteger, 24)

export async function supportGrant({ client, out }: CliContext, _args: string[], { reason, hours }: { reason: string; hours: number }): Promise<Result> {
  const access = await client.api.orgs.supportAccess.grant.mutate({ reason, hours })
  out.print(`They may read what a viewer reads until ${formatMoment(access.endsAt)}, or until "intellidocs support revoke ${access.id}".`)
  return done({ access })
}

export const configureSupportList = (command: Command): Command => command.description('what was let, and who looked and why')

export async function supportList({ client, out }: CliContext): Promise<Result> {
  const accesses = await listAll((page) => client.api.orgs.supportAccess.list.query(page), 200)
  for (const { id, open, reason, endsAt, visits } of accesses) {
    for (const line of formatTable([[open ? 'open' : 'over', id, `until ${formatMoment(endsAt)}`, printable(reason)]])) out.print(line)
    for (const visit of visits) out.print(`  ${visit.userId} looked from ${formatMoment(visit.openedAt)} on: ${printable(visit.reason)}`)
  }
  if (accesses.length === 0) out.print('Nobody of the installation was let in.')
  return done({ accesses })
}

export const configureSupportRevoke = (command: Command): Command => command.description('end it at once; owners only').argument('<id>', 'as "intellidocs support" tells it')

export async function supportRevoke({ client, out }: CliContext, [id = '']: string[]): Promise<Result> {
  const access = await client.api.orgs.supportAccess.revoke.mutate({ id })
  out.print('They read nothing here any more.')
  return done({ access })
}
