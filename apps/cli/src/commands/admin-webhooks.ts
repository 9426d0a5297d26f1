import { adminContract, type StalledHookSelection } from '@intellidocs/contracts'
import { Option, type Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { listAll } from '../lookup.ts'
import { findOrg } from '../lookup-admin.ts'
import { formatMoment, formatTable, printable } from '../output.ts'
import { positiveInteger } from '../values.ts'
import { withReason } from './admin-orgs.ts'
import { onAll, type Deed } from './admin-work.ts'
import { withYes } from './orgs.ts'

type Stalled = { kind: StalledHookSelection['kind']; event?: string; in?: string }

const withStalled = (command: Command): Command => command
  .addOption(new Option('--kind <kind>', 'paused endpoints, or deliveries that were given up').choices(adminContract.stalledHookKinds).default('delivery'))
  .option('--event <type>', 'only deliveries of events of this type').option('--in <org>', 'only of this organization, by id or short name')

const selectionOf = async ({ client }: CliContext, { kind, event, in: named }: Stalled): Promise<StalledHookSelection> => ({
  kind, ...(event === undefined ? {} : { eventType: event }), ...(named === undefined ? {} : { orgId: (await findOrg(client, named)).id }),
})

export const configureAdminWebhooks = (command: Command): Command => withStalled(command)
  .description('webhooks that do not go on, by ids alone, oldest first').option('--limit <n>', 'at most so many', positiveInteger, 50)

export async function adminWebhooks(context: CliContext, _args: string[], options: Stalled & { limit: number }): Promise<Result> {
  const selection = await selectionOf(context, options)
  const webhooks = await listAll((page) => context.client.api.admin.webhooks.list.query({ ...page, ...selection }), options.limit)
  const rows = webhooks.map((one) => [one.id, formatMoment(one.since), one.why ?? one.eventType ?? '', one.waiting === null ? '' : `${one.waiting} wait`, printable(one.orgName)])
  for (const line of formatTable(rows)) context.out.print(line)
  if (webhooks.length === 0) context.out.print(options.kind === 'endpoint' ? 'None is paused.' : 'None was given up.')
  return done({ webhooks })
}

export const configureAdminReleaseWebhooks = (command: Command): Command => withReason(withYes(withStalled(command)))
  .description('send such deliveries again, or to endpoints again that the product paused')
export const configureAdminDropWebhooks = (command: Command): Command => withReason(withYes(withStalled(command))).description('give such deliveries up for good')

export const adminReleaseWebhooks = (context: CliContext, _args: string[], options: Stalled & Deed): Promise<Result> => onStalled(context, options, 'release')
export const adminDropWebhooks = (context: CliContext, _args: string[], options: Stalled & Deed): Promise<Result> => onStalled(context, options, 'drop')

async function onStalled(context: CliContext, { reason, yes, ...chosen }: Stalled & Deed, deed: 'release' | 'drop'): Promise<Result> {
  const [{ webhooks }, selection] = [context.client.api.admin, await selectionOf(context, chosen)]
  const counted = await webhooks.count.query(selection)
  const total = await onAll(context, counted, {
    what: `${counted.count} ${deed === 'release' ? 'will be sent to again.' : 'will never be sent.'}`, yes, step: (token) => webhooks[deed].mutate({ selection, token, why: reason }),
  })
  context.out.print(`${total} of ${counted.count} are ${deed === 'release' ? 'sent to again' : 'dropped'}.`)
  return done({ counted: counted.count, done: total })
}
