import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { findMember, findRole, listMembers, listOwnRoles, type Member } from '../lookup-people.ts'
import { formatTable, printable } from '../output.ts'
import { confirm } from '../prompt.ts'
import { withYes } from './orgs.ts'

const MEMBER = 'address, name or id'

export const configureMembersList = (command: Command): Command => command.description('who belongs to the organization, and as what')

export async function membersList({ client, out }: CliContext): Promise<Result> {
  const members = await listMembers(client)
  const names = await roleNames({ client }, members)
  const rows = members.map(({ userId, email, name, role, roleId, status, joinedAt }) => [
    status === 'suspended' ? out.colors.yellow(status) : status, printable(names.get(roleId ?? '') ?? role), joinedAt.slice(0, 10), userId,
    `${printable(name)} <${printable(email)}>`,
  ])
  for (const line of formatTable(rows)) out.print(line)
  return done({ members })
}

/** Names of the organization's own roles, where somebody holds one. */
export async function roleNames({ client }: Pick<CliContext, 'client'>, holders: readonly { roleId: string | null }[]): Promise<Map<string, string>> {
  if (holders.every(({ roleId }) => roleId === null)) return new Map()
  return new Map((await listOwnRoles(client)).map(({ id, name }) => [id, name]))
}

export const configureMembersRole = (command: Command): Command => command
  .description('give a member another role')
  .argument('<member>', MEMBER)
  .argument('<role>', 'owner, admin, editor, viewer, guest, or one of "intellidocs roles"')

export async function membersRole({ client, out }: CliContext, [named = '', role = '']: string[]): Promise<Result> {
  const [{ userId }, given] = [await findMember(client, named), await findRole(client, role)]
  const member = await client.api.orgs.members.setRole.mutate({ userId, ...given })
  out.print(`${told(member)} has the role ${printable(role)} now.`)
  return done({ member })
}

export const configureMembersSuspend = (command: Command): Command => withYes(command)
  .description('shut a member out, keys and open connections included, until they are resumed')
  .argument('<member>', MEMBER)

export async function membersSuspend(context: CliContext, [named = '']: string[], { yes }: { yes?: boolean }): Promise<Result> {
  const { userId, email } = await findMember(context.client, named)
  await confirm(context, { sentence: `${printable(email)} is shut out at once, and so are their keys.`, word: email, yes })
  const member = await context.client.api.orgs.members.suspend.mutate({ userId })
  context.out.print(`${told(member)} is shut out until "intellidocs members resume ${printable(member.email)}".`)
  return done({ member })
}

export const configureMembersResume = (command: Command): Command => command
  .description('let a suspended member in again')
  .argument('<member>', MEMBER)

export async function membersResume({ client, out }: CliContext, [named = '']: string[]): Promise<Result> {
  const { userId } = await findMember(client, named)
  const member = await client.api.orgs.members.resume.mutate({ userId })
  out.print(`${told(member)} may come in again.`)
  return done({ member })
}

export const configureMembersRemove = (command: Command): Command => withYes(command)
  .description('end a membership with its keys, groups and grants; their documents stay')
  .argument('<member>', MEMBER)

export async function membersRemove(context: CliContext, [named = '']: string[], { yes }: { yes?: boolean }): Promise<Result> {
  const { userId, email } = await findMember(context.client, named)
  await confirm(context, { sentence: `${printable(email)} loses the organization, and all that was granted to them.`, word: email, yes })
  const { removed } = await context.client.api.orgs.members.remove.mutate({ userId })
  context.out.print(`${printable(email)} does not belong to the organization any more.`)
  return done({ userId, removed })
}

const told = ({ email }: Pick<Member, 'email'>): string => printable(email)
