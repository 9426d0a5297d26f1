import { permissions, type Permission } from '@intellidocs/contracts'
import { InvalidArgumentError, type Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { UsageError } from '../failure.ts'
import { listOwnRoles, findOwnRole } from '../lookup-people.ts'
import { count, formatTable, printable } from '../output.ts'
import { confirm } from '../prompt.ts'
import { withYes } from './orgs.ts'

/** `documents:read,search:read`, for commander; given again it adds. */
export function permissionList(value: string, before: readonly Permission[] = []): Permission[] {
  const named = value.split(',').map((name) => name.trim()).filter(Boolean)
  const found = permissions.filter((permission) => named.includes(permission))
  if (named.length === 0 || found.length < new Set(named).size) throw new InvalidArgumentError(`Permissions are: ${permissions.join(', ')}.`)
  return [...before, ...found]
}

export const configureRolesList = (command: Command): Command => command.description('the built-in roles and your own, with what each may')

export async function rolesList({ client, out }: CliContext): Promise<Result> {
  const { builtIn } = await client.api.orgs.roles.list.query({ limit: 1 })
  const roles = await listOwnRoles(client)
  const rows = [
    ...builtIn.map(({ role, permissions: may }) => [role, 'built in', '', may.join(' ')]),
    ...roles.map(({ id, name, members, permissions: may }) => [printable(name), count(members, 'member'), id, may.join(' ')]),
  ]
  for (const line of formatTable(rows)) out.print(line)
  return done({ builtIn, roles })
}

type Options = { name?: string; permissions?: Permission[] }

export const configureRolesCreate = (command: Command): Command => command
  .description('make a role of permissions that you hold yourself')
  .argument('<name>', 'its name')
  .requiredOption('--permissions <list>', 'what it may, with commas between: documents:read,search:read', permissionList)

export async function rolesCreate({ client, out }: CliContext, [name = '']: string[], options: Options): Promise<Result> {
  const role = await client.api.orgs.roles.create.mutate({ name, permissions: grantable(options.permissions ?? []) })
  out.print(`${printable(role.name)} may ${role.permissions.join(' ')}.`)
  return done({ role })
}

export const configureRolesUpdate = (command: Command): Command => command
  .description('change a role of your own; it acts at once for everybody who holds it')
  .argument('<role>', 'name or id')
  .option('--name <name>', 'its new name')
  .option('--permissions <list>', 'all that it may from now on', permissionList)

export async function rolesUpdate({ client, out }: CliContext, [named = '']: string[], options: Options): Promise<Result> {
  if (options.name === undefined && options.permissions === undefined) throw new UsageError('Give --name or --permissions.')
  const { id } = await findOwnRole(client, named)
  const role = await client.api.orgs.roles.update.mutate({
    id, ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.permissions === undefined ? {} : { permissions: grantable(options.permissions) }),
  })
  out.print(`${printable(role.name)} may ${role.permissions.join(' ')}.`)
  return done({ role })
}

export const configureRolesDelete = (command: Command): Command => withYes(command)
  .description('delete a role of your own that nobody holds').argument('<role>', 'name or id')

export async function rolesDelete(context: CliContext, [named = '']: string[], { yes }: { yes?: boolean }): Promise<Result> {
  const { id, name } = await findOwnRole(context.client, named)
  await confirm(context, { sentence: `The role ${printable(name)} is gone then.`, word: name, yes })
  const { deleted } = await context.client.api.orgs.roles.delete.mutate({ id })
  context.out.print(`${printable(name)} is deleted.`)
  return done({ id, deleted })
}

/** Deleting the organization is its owner's alone, and stands in no other role. */
function grantable(list: readonly Permission[]): Exclude<Permission, 'orgs:delete'>[] {
  return list.map((permission) => {
    if (permission === 'orgs:delete') throw new UsageError('orgs:delete is the owner\'s alone and goes into no other role.')
    return permission
  })
}
