import { IntelliDocsError, type IntelliDocsClient } from '@intellidocs/client'
import type { Command } from 'commander'
import type { CliContext, Result } from '../context.ts'
import { openClient } from '../open-client.ts'
import { printable } from '../output.ts'
import { roleNames } from './members.ts'

export const configureWhoami = (command: Command): Command => command.description('who is signed in, where, as what, and what that allows')

export async function whoami(context: CliContext): Promise<Result> {
  const { client, out, url } = context
  const { user, orgs, org, role, via, permissions, emailVerified, secondFactor } = await me(client).catch((error: unknown) => outside(context, error))
  const current = orgs.find(({ orgId }) => orgId === org)
  out.print(`${printable(user.name)} <${printable(user.email)}> at ${url}${via === 'apiKey' ? ', by API key' : ''}`)
  const address = emailVerified ? 'address confirmed' : 'address not confirmed (setting a password by mail confirms it: "intellidocs password forgotten")'
  out.print(`second factor ${secondFactor ? 'on' : 'off'}, ${address}`)
  if (current) {
    const names = permissions.includes('members:read') ? await roleNames({ client }, [current]) : new Map<string, string>()
    out.print(`${printable(names.get(current.roleId ?? '') ?? role ?? current.role)} of ${printable(current.name)} (${current.slug})`)
    out.print(`may: ${permissions.join(' ')}`)
  } else if (org === null && context.org !== undefined) {
    const others = orgs.length > 0 ? `; yours: ${orgs.map(({ slug }) => slug).join(', ')}` : ''
    out.print(`${printable(context.org)} is not open to you; whoever manages its members can invite you, or let you in again${others}`)
  } else out.print(orgs.length > 0 ? `no organization chosen; yours: ${orgs.map(({ slug }) => slug).join(', ')}` : 'member of no organization')
  return { ok: current !== undefined || context.org === undefined, value: { url, user, org: current ?? null, role, via, permissions, emailVerified, secondFactor, orgs } }
}

type Me = Awaited<ReturnType<typeof me>>
const me = ({ api }: IntelliDocsClient) => api.auth.me.query()

/** Who is signed in is said, too, where the organization that was named is not open to them, or not any more. */
async function outside({ token, url }: CliContext, error: unknown): Promise<Me> {
  if (!(error instanceof IntelliDocsError) || error.appCode !== 'org.not_found') throw error
  const { org: _, ...found } = await me(openClient({ url, token }))
  return { ...found, org: null }
}
