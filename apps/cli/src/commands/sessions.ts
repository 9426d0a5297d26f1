import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { listAll } from '../lookup.ts'
import { formatTable, printable } from '../output.ts'

export const configureSessionsList = (command: Command): Command => command.description('where you are signed in; * marks this terminal')

export async function sessionsList({ client, out }: CliContext): Promise<Result> {
  const sessions = await listAll((page) => client.api.auth.sessions.list.query(page))
  const rows = sessions.map(({ id, device, address, lastSeenAt, secondFactor, current }) => [
    current ? '*' : ' ', `seen ${lastSeenAt.slice(0, 16).replace('T', ' ')}`, printable(address ?? ''),
    secondFactor ? 'second factor' : 'password', id, printable(device ?? 'unknown device'),
  ])
  for (const line of formatTable(rows)) out.print(line)
  return done({ sessions })
}

export const configureSessionsRevoke = (command: Command): Command => command
  .description('end one of your sessions; "logout --everywhere" ends all').argument('<session>', 'its id')

export async function sessionsRevoke({ client, out }: CliContext, [id = '']: string[]): Promise<Result> {
  const { revoked } = await client.api.auth.sessions.revoke.mutate({ id })
  out.print('The session is ended.')
  return done({ id, revoked })
}
