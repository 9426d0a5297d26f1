import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { printable } from '../output.ts'
import { roleNames } from './members.ts'

export const configureWhoami = (command: Command): Command => command.description('who is signed in, where, as what, and what that allows')

export async function whoami({ client, out, url }: CliContext): Promise<Result> {
  const { user, orgs, org, role, via, permissions, emailVerified, secondFactor } = await client.api.auth.me.query()
  const current = orgs.find(({ orgId }) => orgId === org)
  out.print(`${printable(user.name)} <${printable(user.email)}> at ${url}${via === 'apiKey' ? ', by API key' : ''}`)
  const address = emailVerified ? 'address confirmed' : 'address not confirmed (setting a password by mail confirms it: "intellidocs password forgotten")'
  out.print(`second factor ${secondFactor ? 'on' : 'off'}, ${address}`)
  if (current) {
    const names = permissions.includes('members:read') ? await roleNames({ client }, [current]) : new Map<string, string>()
    out.print(`${printable(names.get(current.roleId ?? '') ?? role ?? current.role)} of ${printable(current.name)} (${current.slug})`)
    out.print(`may: ${permissions.join(' ')}`)
  } else out.print(orgs.length > 0 ? `no organization chosen; yours: ${orgs.map(({ slug }) => slug).join(', ')}` : 'member of no organization')
  return done({ url, user, org: current ?? null, role, via, permissions, emailVerified, secondFactor, orgs })
}
