import { locales, type Locale } from '@intellidocs/contracts'
import { Option, type Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { UsageError } from '../failure.ts'
import { findInvitation, findRole, listInvitations } from '../lookup-people.ts'
import { formatTable, printable } from '../output.ts'
import { readSecret } from '../prompt.ts'
import { roleNames } from './members.ts'

type Options = { role: string; locale: Locale }

export const configureInvite = (command: Command): Command => command
  .description('invite somebody by mail into the organization you work in; an earlier invitation to the address is replaced')
  .argument('<email>', 'their address: nobody else can use the invitation')
  .option('--role <role>', 'what they come in as: admin, editor, viewer, guest, or one of "intellidocs roles"', 'viewer')
  .addOption(new Option('--locale <locale>', 'the language of the mail').choices([...locales]).default('en'))

export async function invite({ client, out }: CliContext, [email = '']: string[], { role, locale }: Options): Promise<Result> {
  const given = await findRole(client, role)
  const { invitation } = await client.api.orgs.invitations.create.mutate({ email, ...given, locale })
  const until = invitation.expiresAt.slice(0, 10)
  out.print(`${printable(invitation.email)} is invited until ${until}. The link goes to them by mail alone, and opens once.`)
  return done({ invitation })
}

export const configureInviteList = (command: Command): Command => command.description('invitations that are open')

export async function inviteList({ client, out }: CliContext): Promise<Result> {
  const invitations = await listInvitations(client)
  const names = await roleNames({ client }, invitations)
  const rows = invitations.map(({ id, email, role, roleId, expiresAt }) => [
    printable(names.get(roleId ?? '') ?? role), `until ${expiresAt.slice(0, 10)}`, id, printable(email),
  ])
  for (const line of formatTable(rows)) out.print(line)
  if (invitations.length === 0) out.print('No invitation is open.')
  return done({ invitations })
}

export const configureInviteRevoke = (command: Command): Command => command
  .description('take an invitation back').argument('<invitation>', 'address or id')

export async function inviteRevoke({ client, out }: CliContext, [named = '']: string[]): Promise<Result> {
  const { id, email } = await findInvitation(client, named)
  const { revoked } = await client.api.orgs.invitations.revoke.mutate({ id })
  out.print(`The invitation to ${printable(email)} opens nothing any more.`)
  return done({ id, email, revoked })
}

export const configureInviteAccept = (command: Command): Command => command
  .description('come into an organization; signed in, and by the address that was invited')
  .argument('[token]', 'the token, or the whole link, of the mail')
  .option('--token-stdin', 'read it from stdin: arguments stand in the list of processes')

export async function inviteAccept(context: CliContext, [given]: string[], options: { tokenStdin?: boolean }): Promise<Result> {
  const token = await tokenFrom(context, given, options)
  const org = await context.client.api.orgs.invitations.accept.mutate({ token })
  context.out.print(`You belong to ${printable(org.name)} (${org.slug}) now. Work in it with "intellidocs orgs use ${org.slug}".`)
  return done({ org })
}

async function tokenFrom(context: CliContext, given: string | undefined, { tokenStdin }: { tokenStdin?: boolean }): Promise<string> {
  if ((given === undefined) === (tokenStdin !== true)) throw new UsageError('Give the token, or --token-stdin.')
  return tokenOf(given ?? await readSecret(context))
}

/** The token of a link, or a token as it is. */
export const tokenOf = (text: string): string => /[#?&]token=([A-Za-z0-9_-]+)/.exec(text)?.[1] ?? text.trim()
