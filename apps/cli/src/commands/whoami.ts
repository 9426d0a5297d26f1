import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { printable } from '../output.ts'

export const configureWhoami = (command: Command): Command => command.description('who is signed in, where, and as what')

export async function whoami(context: CliContext): Promise<Result> {
  const { user, orgs, org, role, via, permissions } = await context.client.api.auth.me.query()
  const current = orgs.find(({ orgId }) => orgId === org)
  context.out.print(`${printable(user.name)} <${user.email}> at ${context.url}${via === 'apiKey' ? ', by API key' : ''}`)
  if (current) context.out.print(`${role ?? current.role} of ${printable(current.name)} (${current.slug})`)
  else context.out.print(orgs.length > 0 ? `no organization chosen; yours: ${orgs.map(({ slug }) => slug).join(', ')}` : 'member of no organization')
  return done({ url: context.url, user, org: current ?? null, role, via, permissions, orgs })
}
