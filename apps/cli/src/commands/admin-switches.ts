import { adminContract, type SwitchName } from '@intellidocs/contracts'
import { Argument, type Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { findOrg } from '../lookup-admin.ts'
import { formatTable } from '../output.ts'
import { withReason } from './admin-orgs.ts'

export const configureAdminSwitches = (command: Command): Command => command.description('what can be switched off, and for whom it is')

export async function adminSwitches({ client, out }: CliContext): Promise<Result> {
  const { switches } = await client.api.admin.switches.list.query()
  const rows = switches.map(({ name, on, orgs }) => {
    const others = orgs.filter((org) => org.on !== on).length
    return [name, on ? 'on' : out.colors.yellow('off'), others === 0 ? '' : `${on ? 'off' : 'on'} for ${others}`]
  })
  for (const line of formatTable(rows)) out.print(line)
  return done({ switches })
}

export const configureAdminSwitch = (command: Command): Command => withReason(command)
  .description('switch something off or on, for all or for one organization').addArgument(new Argument('<name>', 'what').choices(adminContract.switchNames))
  .addArgument(new Argument('<state>', '"default" takes back what was said of one organization').choices(['on', 'off', 'default'])).option('--in <org>', 'for this organization alone, by id or short name')

export async function adminSwitch({ client, out }: CliContext, [name = '', state = '']: string[], { reason, in: named }: { reason: string; in?: string }): Promise<Result> {
  const org = named === undefined ? null : await findOrg(client, named)
  const changed = await client.api.admin.switches.set.mutate({
    name: name as SwitchName, on: state === 'default' ? null : state === 'on', reason, ...(org === null ? {} : { orgId: org.id }),
  })
  out.print(`${name} is ${state === 'default' ? 'as everywhere' : state} for ${org === null ? 'all of which nothing else was said' : org.slug}.`)
  return done({ switch: changed })
}
