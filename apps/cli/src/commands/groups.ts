import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { listAll } from '../lookup.ts'
import { findGroup, findMember, listGroups } from '../lookup-people.ts'
import { count, formatTable, printable } from '../output.ts'
import { confirm } from '../prompt.ts'
import { withYes } from './orgs.ts'

const GROUP = 'name or id'

export const configureGroupsList = (command: Command): Command => command.description('groups of the organization')

export async function groupsList({ client, out }: CliContext): Promise<Result> {
  const groups = await listGroups(client)
  for (const line of formatTable(groups.map(({ id, name, members }) => [count(members, 'member'), id, printable(name)]))) out.print(line)
  if (groups.length === 0) out.print('There are no groups. Make one with "intellidocs groups create NAME".')
  return done({ groups })
}

export const configureGroupsCreate = (command: Command): Command => command.description('make a group').argument('<name>', 'its name')

export async function groupsCreate({ client, out }: CliContext, [name = '']: string[]): Promise<Result> {
  const group = await client.api.orgs.groups.create.mutate({ name })
  out.print(`${printable(group.name)} is there, without members.`)
  return done({ group })
}

export const configureGroupsRename = (command: Command): Command => command
  .description('give a group another name').argument('<group>', GROUP).argument('<name>', 'its new name')

export async function groupsRename({ client, out }: CliContext, [named = '', name = '']: string[]): Promise<Result> {
  const { id } = await findGroup(client, named)
  const group = await client.api.orgs.groups.update.mutate({ id, name })
  out.print(`It is called ${printable(group.name)} now.`)
  return done({ group })
}

export const configureGroupsDelete = (command: Command): Command => withYes(command)
  .description('delete a group with all that was granted to it').argument('<group>', GROUP)

export async function groupsDelete(context: CliContext, [named = '']: string[], { yes }: { yes?: boolean }): Promise<Result> {
  const { id, name } = await findGroup(context.client, named)
  await confirm(context, { sentence: `What was granted to ${printable(name)} is taken from its members.`, word: name, yes })
  const { deleted } = await context.client.api.orgs.groups.delete.mutate({ id })
  context.out.print(`${printable(name)} is deleted.`)
  return done({ id, deleted })
}

export const configureGroupsMembers = (command: Command): Command => command.description('who is in a group').argument('<group>', GROUP)

export async function groupsMembers({ client, out }: CliContext, [named = '']: string[]): Promise<Result> {
  const { id: groupId, name } = await findGroup(client, named)
  const members = await listAll((page) => client.api.orgs.groups.members.query({ ...page, groupId }))
  for (const member of members) out.print(`${member.userId}  ${printable(member.name)} <${printable(member.email)}>`)
  if (members.length === 0) out.print(`Nobody is in ${printable(name)}.`)
  return done({ group: { id: groupId, name }, members })
}

export const configureGroupsAdd = (command: Command): Command => command
  .description('put members into a group').argument('<group>', GROUP).argument('<member...>', 'addresses, names or ids')

export const groupsAdd = (context: CliContext, [named = '', ...members]: string[]): Promise<Result> =>
  change(context, { named, members, into: true })

export const configureGroupsRemove = (command: Command): Command => command
  .description('take members out of a group').argument('<group>', GROUP).argument('<member...>', 'addresses, names or ids')

export const groupsRemove = (context: CliContext, [named = '', ...members]: string[]): Promise<Result> =>
  change(context, { named, members, into: false })

type Change = { readonly named: string; readonly members: readonly string[]; readonly into: boolean }

/** Everybody is looked up before anybody is moved. */
async function change({ client, out }: CliContext, { named, members, into }: Change): Promise<Result> {
  const { id: groupId, name } = await findGroup(client, named)
  const found = []
  for (const member of members) found.push(await findMember(client, member))
  const { addMember, removeMember } = client.api.orgs.groups
  for (const { userId, email } of found) {
    await (into ? addMember : removeMember).mutate({ groupId, userId })
    out.print(`${printable(email)} is ${into ? 'in' : 'not in'} ${printable(name)} ${into ? 'now' : 'any more'}.`)
  }
  return done({ group: await findGroup(client, groupId) })
}
