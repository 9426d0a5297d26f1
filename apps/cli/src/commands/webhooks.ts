import { webhookEventTypes, type WebhookDelivery, type WebhookEventType } from '@intellidocs/contracts'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { findEndpoint, listEndpoints, type Endpoint } from '../lookup-people.ts'
import { count, formatMoment, formatTable, printable } from '../output.ts'
import { confirm } from '../prompt.ts'
import { positiveInteger } from '../values.ts'
import { withYes } from './orgs.ts'

const ENDPOINT = 'id, address or description'

export const configureWebhooksList = (command: Command): Command => command.description('where the organization is told what happens')

export async function webhooksList({ client, out }: CliContext): Promise<Result> {
  const endpoints = await listEndpoints(client)
  const rows = endpoints.map((one) => [
    stateOf(one), one.id, one.events === null ? 'all events' : count(one.events.length, 'event'), printable(one.url), printable(one.description),
  ])
  for (const line of formatTable(rows)) out.print(line)
  if (endpoints.length === 0) out.print('There are no endpoints. Make one with "intellidocs webhooks create URL".')
  return done({ endpoints })
}

const reasons = { asked: 'paused', failing: 'paused: took nothing for 72 hours', gone: 'paused: says it is gone', owner: 'paused: its owner may not own it any more' } as const

function stateOf({ pausedWhy, failingSince }: Endpoint): string {
  if (pausedWhy !== null) return reasons[pausedWhy]
  return failingSince === null ? 'works' : `fails since ${formatMoment(failingSince)}`
}

type Creating = { events?: WebhookEventType[]; description: string }

export const configureWebhooksCreate = (command: Command): Command => command
  .description('tell an address what happens; it hears what you may read')
  .argument('<url>', 'a public http(s) address')
  .option('--events <list>', 'only these: documents.ready.v1,documents.failed.v1 (default: all)', eventList)
  .option('--description <text>', 'what it is for', '')

function eventList(value: string): WebhookEventType[] {
  const wanted = value.split(',').map((part) => part.trim())
  const unknown = wanted.find((name) => !webhookEventTypes.some((type) => type === name))
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no event ${printable(unknown)}. The events are ${webhookEventTypes.join(', ')}.`)
  return webhookEventTypes.filter((type) => wanted.includes(type))
}

export async function webhooksCreate({ client, out }: CliContext, [url = '']: string[], { events, description }: Creating): Promise<Result> {
  const made = await client.api.webhooks.endpoints.create.mutate({ url, description, events: events ?? null })
  out.print(made.secret)
  out.note(`This is the secret of ${printable(made.endpoint.url)}, by which it tells that a message is from here. It is shown this once.`)
  return done(made)
}

export const configureWebhooksPause = (command: Command): Command => command.description('send nothing to an endpoint for now').argument('<endpoint>', ENDPOINT)
export const configureWebhooksResume = (command: Command): Command => command.description('send to a paused endpoint again').argument('<endpoint>', ENDPOINT)

export const webhooksPause = (context: CliContext, args: string[]): Promise<Result> => setState(context, args, 'paused')
export const webhooksResume = (context: CliContext, args: string[]): Promise<Result> => setState(context, args, 'active')

async function setState({ client, out }: CliContext, [named = '']: string[], state: Endpoint['state']): Promise<Result> {
  const { id } = await findEndpoint(client, named)
  const endpoint = await client.api.webhooks.endpoints.update.mutate({ id, state })
  out.print(`${printable(endpoint.url)} ${state === 'paused' ? 'is sent nothing until "intellidocs webhooks resume".' : 'is sent what happens from now on.'}`)
  return done({ endpoint })
}

export const configureWebhooksSecret = (command: Command): Command => command
  .description('give an endpoint a new secret; the one before it goes on signing beside it for 24 hours').argument('<endpoint>', ENDPOINT)

export async function webhooksSecret({ client, out }: CliContext, [named = '']: string[]): Promise<Result> {
  const { id, url } = await findEndpoint(client, named)
  const made = await client.api.webhooks.endpoints.rotateSecret.mutate({ id })
  out.print(made.secret)
  out.note(`This is the new secret of ${printable(url)}. It is shown this once.`)
  return done(made)
}

export const configureWebhooksDelete = (command: Command): Command => withYes(command)
  .description('tell an address nothing any more; its log goes with it').argument('<endpoint>', ENDPOINT)

export async function webhooksDelete(context: CliContext, [named = '']: string[], { yes }: { yes?: boolean }): Promise<Result> {
  const { id, url } = await findEndpoint(context.client, named)
  await confirm(context, { sentence: `${printable(url)} is told nothing any more, and what was sent to it is forgotten.`, word: 'delete', yes })
  await context.client.api.webhooks.endpoints.delete.mutate({ id })
  context.out.print(`${printable(url)} is deleted.`)
  return done({ id })
}

export const configureWebhooksTest = (command: Command): Command => command
  .description('send an event of its own to an endpoint').argument('<endpoint>', ENDPOINT)

export async function webhooksTest({ client, out }: CliContext, [named = '']: string[]): Promise<Result> {
  const { id, url } = await findEndpoint(client, named)
  const { deliveryId } = await client.api.webhooks.endpoints.test.mutate({ id })
  out.print(`A test is on its way to ${printable(url)}. What came of it: intellidocs webhooks deliveries ${id}`)
  return done({ deliveryId })
}

type Listing = { state?: WebhookDelivery['state']; limit: number }

export const configureWebhooksDeliveries = (command: Command): Command => command
  .description('what an endpoint was sent, newest first, and what came of it').argument('<endpoint>', ENDPOINT)
  .addOption(new Option('--state <state>', 'only these').choices(['pending', 'delivered', 'dead']))
  .option('--limit <n>', 'how many at most, 50', positiveInteger, 20)

export async function webhooksDeliveries({ client, out }: CliContext, [named = '']: string[], { state, limit }: Listing): Promise<Result> {
  const { id: endpointId } = await findEndpoint(client, named)
  const { items } = await client.api.webhooks.deliveries.list.query({ endpointId, limit, ...(state === undefined ? {} : { state }) })
  for (const line of formatTable(items.map((one) => [formatMoment(one.createdAt), one.id, one.state, lastOf(one), one.type]))) out.print(line)
  if (items.length === 0) out.print('Nothing was sent.')
  return done({ deliveries: items })
}

const FAULTS: Readonly<Record<NonNullable<WebhookDelivery['attempts'][number]['error']>, string>> = {
  scheme: 'not http(s)', address: 'not a public address', resolve: 'its name is not known', timeout: 'no answer in time', tls: 'its certificate was refused',
  connection: 'could not be reached', cancelled: 'interrupted', secret: 'its secret could not be opened',
}

function lastOf({ attempts, tries }: WebhookDelivery): string {
  const last = attempts.at(-1)
  return last === undefined ? 'not tried' : `${last.status === null ? FAULTS[last.error ?? 'connection'] : `answered ${last.status}`} at try ${tries}`
}

export const configureWebhooksRedeliver = (command: Command): Command => command
  .description('send a delivery again, under its id').argument('<delivery>', 'its id')

export async function webhooksRedeliver({ client, out }: CliContext, [id = '']: string[]): Promise<Result> {
  const delivery = await client.api.webhooks.deliveries.redeliver.mutate({ id })
  out.print(`${delivery.type} is sent again.`)
  return done({ delivery })
}
