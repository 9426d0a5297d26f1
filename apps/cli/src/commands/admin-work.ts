import type { JobSelection, ParkedSelection } from '@intellidocs/contracts'
import { Option, type Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { listAll } from '../lookup.ts'
import { findOrg } from '../lookup-admin.ts'
import { count, formatMoment, formatTable, printable } from '../output.ts'
import { confirm } from '../prompt.ts'
import { positiveInteger, wholeNumber } from '../values.ts'
import { withReason } from './admin-orgs.ts'
import { withYes } from './orgs.ts'

type State = JobSelection['states'][number]
const STATES: readonly State[] = ['waiting', 'working', 'failed', 'needs_password']
/** What is not over. */
const OPEN: readonly State[] = ['waiting', 'working']
type Chosen = { kind: JobSelection['kind']; state?: State; minutes: number; stage?: string; why?: string; in?: string }
export type Deed = { reason: string; yes?: boolean }

const withJobs = (command: Command, of = { states: STATES, usual: 'failed documents, waiting and working flows' }): Command => command
  .addOption(new Option('--kind <kind>', 'documents that are read, or runs of flows').choices(['processing', 'flow']).default('processing'))
  .addOption(new Option('--state <state>', `only these (default: ${of.usual})`).choices(of.states))
  .option('--minutes <n>', 'in that state for so long', wholeNumber, 0)
  .option('--stage <stage>', 'only of this stage').option('--why <code>', 'only for this reason, as cpu_limit').option('--in <org>', 'only of this organization, by id or short name')

async function jobsOf({ client }: CliContext, { kind, state, minutes, stage, why, in: named }: Chosen, usual = kind === 'flow' ? OPEN : ['failed' as const]): Promise<JobSelection> {
  return {
    kind, minutes, states: state === undefined ? [...usual] : [state], ...(stage === undefined ? {} : { stage }), ...(why === undefined ? {} : { reason: why }),
    ...(named === undefined ? {} : { orgId: (await findOrg(client, named)).id }),
  }
}

export const configureAdminJobs = (command: Command): Command => withJobs(command)
  .description('work that does not go on, by ids alone: those that wait longest first').option('--limit <n>', 'at most so many', positiveInteger, 50)

export async function adminJobs(context: CliContext, _args: string[], options: Chosen & { limit: number }): Promise<Result> {
  const selection = await jobsOf(context, options)
  const jobs = await listAll((page) => context.client.api.admin.jobs.list.query({ ...page, ...selection }), options.limit)
  const rows = jobs.map((job) => [job.state, job.stage ?? '', job.reason ?? '', formatMoment(job.since), job.id, printable(job.orgName)])
  for (const line of formatTable(rows)) context.out.print(line)
  if (jobs.length === 0) context.out.print('There is none that fits.')
  return done({ jobs })
}

type Step = { done: number; left: number }

/** Counts, asks, and calls until all that was counted is done or nothing of it can be. */
export async function onAll(context: CliContext, counted: { count: number; token: string }, { what, yes, step }: {
  what: string; yes: boolean | undefined; step: (token: string) => Promise<Step>
}): Promise<number> {
  if (counted.count === 0) return 0
  await confirm(context, { sentence: what, word: String(counted.count), yes })
  let total = 0
  for (;;) {
    const { done: now, left } = await step(counted.token)
    total += now
    if (now === 0 || left === 0) return total
  }
}

export const configureAdminRetryJobs = (command: Command): Command => withReason(withYes(withJobs(command))).description('have documents read again')

export async function adminRetryJobs(context: CliContext, _args: string[], { reason, yes, ...chosen }: Chosen & Deed): Promise<Result> {
  const [{ jobs }, selection] = [context.client.api.admin, await jobsOf(context, chosen)]
  const counted = await jobs.count.query(selection)
  const total = await onAll(context, counted, {
    what: `${count(counted.count, 'document')} will be read again.`, yes, step: (token) => jobs.retry.mutate({ selection, token, why: reason }),
  })
  context.out.print(`${count(total, 'document')} of ${counted.count} are read again.`)
  return done({ counted: counted.count, done: total })
}

export const configureAdminCancelJobs = (command: Command): Command => withReason(withYes(withJobs(command, { states: OPEN, usual: 'both' }))).description('end what waits or is in work')

export async function adminCancelJobs(context: CliContext, _args: string[], { reason, yes, ...chosen }: Chosen & Deed): Promise<Result> {
  const [{ jobs }, selection] = [context.client.api.admin, await jobsOf(context, chosen, OPEN)]
  const counted = await jobs.count.query(selection)
  const total = await onAll(context, counted, {
    what: `${counted.count} will be ended: documents stay unread, runs of flows end withdrawn.`, yes, step: (token) => jobs.cancel.mutate({ selection, token, why: reason }),
  })
  context.out.print(`${total} of ${counted.count} are ended.`)
  return done({ counted: counted.count, done: total })
}

type Parked = { subscriber?: string; event?: string; in?: string }
const withParked = (command: Command): Command => command
  .option('--subscriber <name>', 'only of this subscriber').option('--event <type>', 'only of events of this type').option('--in <org>', 'only of this organization, by id or short name')

const parkedOf = async ({ client }: CliContext, { subscriber, event, in: named }: Parked): Promise<ParkedSelection> => ({
  ...(subscriber === undefined ? {} : { subscriber }), ...(event === undefined ? {} : { eventType: event }),
  ...(named === undefined ? {} : { orgId: (await findOrg(client, named)).id }),
})

export const configureAdminParked = (command: Command): Command => withParked(command)
  .description('deliveries of events that were given up, oldest first').option('--limit <n>', 'at most so many', positiveInteger, 50)

export async function adminParked(context: CliContext, _args: string[], options: Parked & { limit: number }): Promise<Result> {
  const selection = await parkedOf(context, options)
  const deliveries = await listAll((page) => context.client.api.admin.outbox.list.query({ ...page, ...selection }), options.limit)
  const rows = deliveries.map((one) => [one.id, formatMoment(one.eventAt), one.subscriber, one.eventType, one.fault ?? '', printable(one.orgName ?? 'the installation')])
  for (const line of formatTable(rows)) context.out.print(line)
  if (deliveries.length === 0) context.out.print('None was given up.')
  return done({ deliveries })
}

export const configureAdminReleaseParked = (command: Command): Command => withReason(withYes(withParked(command))).description('try deliveries that were given up again')
export const configureAdminDropParked = (command: Command): Command => withReason(withYes(withParked(command))).description('give such deliveries up for good')

export const adminReleaseParked = (context: CliContext, _args: string[], options: Parked & Deed): Promise<Result> => onParked(context, options, 'release')
export const adminDropParked = (context: CliContext, _args: string[], options: Parked & Deed): Promise<Result> => onParked(context, options, 'drop')

async function onParked(context: CliContext, { reason, yes, ...chosen }: Parked & Deed, deed: 'release' | 'drop'): Promise<Result> {
  const [{ outbox }, selection] = [context.client.api.admin, await parkedOf(context, chosen)]
  const counted = await outbox.count.query(selection)
  const what = deed === 'release' ? 'will be tried again.' : 'will never be tried again: what was to follow does not.'
  const total = await onAll(context, counted, {
    what: `${counted.count} ${what}`, yes, step: (token) => outbox[deed].mutate({ selection, token, why: reason }),
  })
  context.out.print(`${total} of ${counted.count} are ${deed === 'release' ? 'tried again' : 'dropped'}.`)
  return done({ counted: counted.count, done: total })
}
