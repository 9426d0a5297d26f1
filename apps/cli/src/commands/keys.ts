import type { Permission } from '@intellidocs/contracts'
import { InvalidArgumentError, type Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { findKey, listKeys, type ApiKey } from '../lookup-people.ts'
import { formatTable, printable } from '../output.ts'
import { confirm } from '../prompt.ts'
import { positiveInteger } from '../values.ts'
import { permissionList } from './roles.ts'
import { withYes } from './orgs.ts'

export const configureKeysList = (command: Command): Command => command.description('your API keys of the organization you work in')

export async function keysList({ client, out }: CliContext): Promise<Result> {
  const keys = await listKeys(client)
  const rows = keys.map((key) => [
    stateOf(key), key.prefix, key.lastUsedAt === null ? 'never used' : `used ${key.lastUsedAt.slice(0, 10)}`, key.id, printable(key.name),
    key.scopes.join(' '),
  ])
  for (const line of formatTable(rows)) out.print(line)
  if (keys.length === 0) out.print('You have no API keys here. Make one with "intellidocs keys create NAME".')
  return done({ keys })
}

function stateOf({ revokedAt, expiresAt }: ApiKey): string {
  if (revokedAt !== null) return `revoked ${revokedAt.slice(0, 10)}`
  if (expiresAt === null) return 'works, no end'
  return Date.parse(expiresAt) <= Date.now() ? `expired ${expiresAt.slice(0, 10)}` : `works until ${expiresAt.slice(0, 10)}`
}

type Options = { scopes?: Permission[]; expires: number | null }

export const configureKeysCreate = (command: Command): Command => command
  .description('make an API key for a program; it may never do more than you may')
  .argument('<name>', 'what it is for')
  .option('--scopes <list>', 'what it may: documents:read,search:read (default: what an editor may, as far as you may)', permissionList)
  .option('--expires <days>', 'days until it ends, or never', daysOrNever, 365)

function daysOrNever(value: string): number | null {
  if (value === 'never') return null
  const days = positiveInteger(value)
  if (days > 3650) throw new InvalidArgumentError('At most 3650 days, or never.')
  return days
}

export async function keysCreate({ client, out }: CliContext, [name = '']: string[], { scopes, expires }: Options): Promise<Result> {
  const made = await client.api.users.apiKeys.create.mutate({ name, expiresInDays: expires, ...(scopes === undefined ? {} : { scopes }) })
  out.print(made.secret)
  out.note(`This is the key "${printable(name)}". It is shown this once and cannot be read again: put it where the program finds it.`)
  return done(made)
}

export const configureKeysRevoke = (command: Command): Command => withYes(command)
  .description('end a key; programs that use it are shut out at once').argument('<key>', 'id, prefix or name')

export async function keysRevoke(context: CliContext, [named = '']: string[], { yes }: { yes?: boolean }): Promise<Result> {
  const { id, name } = await findKey(context.client, named)
  await confirm(context, { sentence: `Whatever uses the key ${printable(name)} is shut out at once.`, word: name, yes })
  const key = await context.client.api.users.apiKeys.revoke.mutate({ id })
  context.out.print(`The key ${printable(key.name)} (${key.prefix}) opens nothing any more.`)
  return done({ key })
}
