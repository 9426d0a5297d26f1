import { features, meters, type Feature, type Meter, type Metered } from '@intellidocs/contracts'
import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { count, formatBytes, formatMoment, formatTable } from '../output.ts'

const names: Readonly<Record<Meter, string>> = {
  members: 'members and open invitations', bytes: 'storage', documents: 'documents this month', pages: 'pages read this month', ocrPages: 'pages recognized this month',
  apiCalls: 'calls by API keys this month', flowRuns: 'runs of flows this month', webhooks: 'webhook endpoints',
}

const featureNames: Readonly<Record<Feature, string>> = { customRoles: 'roles of your own', auditExport: 'export of the audit' }

const amountOf = (meter: Meter, amount: number): string => (meter === 'bytes' ? formatBytes(amount) : amount.toLocaleString('en'))

function shareOf({ used, limit }: Metered): string {
  if (limit === null) return ''
  if (used > limit) return 'over the limit'
  return limit === 0 ? '' : `${Math.floor(used * 100 / limit)} %`
}

export const configurePlan = (command: Command): Command => command.description('which plan the organization has, and what becomes of it')

export async function plan({ client, out }: CliContext): Promise<Result> {
  const current = await client.api.subscriptions.current.query()
  const { plan: name, nextPlan, periodEndsAt, trialEndsAt, readOnly, readOnlyFrom, provider } = current
  out.print(`The plan is ${name}, ${provider === 'stripe' ? 'paid by Stripe' : 'set by an administrator of this installation'}.`)
  if (trialEndsAt !== null && current.status === 'trialing') out.print(`It is tried out until ${formatMoment(trialEndsAt)}.`)
  if (nextPlan !== null && periodEndsAt !== null) out.print(`From ${formatMoment(periodEndsAt)} on it is ${nextPlan}.`)
  if (readOnly) out.print('A payment failed: until it is made nothing can be added or changed; everything can be read, exported and deleted.')
  else if (readOnlyFrom !== null) out.print(`A payment failed: unless it is made, nothing can be added or changed from ${formatMoment(readOnlyFrom)} on.`)
  out.note('"intellidocs usage" tells what of it is used.')
  return done(current)
}

export const configurePlans = (command: Command): Command => command.description('which plans there are, and what they allow')

export async function plans({ client, out }: CliContext): Promise<Result> {
  const found = await client.api.subscriptions.plans.query()
  const limits = meters.map((meter) => [names[meter], ...found.plans.map((one) => {
    const limit = one.limits[meter]
    return limit === null ? 'no limit' : amountOf(meter, limit)
  })])
  const audit = ['days the audit goes back', ...found.plans.map(({ auditDays }) => auditDays?.toLocaleString('en') ?? 'no limit')]
  const has = features.map((feature) => [featureNames[feature], ...found.plans.map((one) => (one.features[feature] ? 'yes' : 'no'))])
  for (const line of formatTable([['', ...found.plans.map((one) => one.name)], ...limits, audit, ...has])) out.print(line)
  return done(found)
}

export const configureUsage = (command: Command): Command => command.description('what the organization uses, against its plan')

export async function usage({ client, out }: CliContext): Promise<Result> {
  const found = await client.api.subscriptions.usage.query()
  out.print(`${found.month}, on the plan ${found.plan}${found.readOnly ? ', read-only until a payment is made' : ''}`)
  const rows = meters.map((meter) => {
    const { used, limit } = found.meters[meter]
    return [names[meter], amountOf(meter, used), limit === null ? 'no limit' : `of ${amountOf(meter, limit)}`, shareOf(found.meters[meter])]
  })
  for (const line of formatTable(rows)) out.print(line)
  return done(found)
}

export const configureUsageVerify = (command: Command): Command => command
  .description('check that what was done, its sums by the hour and what was billed are the same; exit 1 if not')

export async function usageVerify({ client, out }: CliContext): Promise<Result> {
  const found = await client.api.subscriptions.verify.query()
  const rows = found.meters.map(({ meter, events, waiting, rolledUp, billed, counted, differences }) => [
    meter, `events=${events}`, `waiting=${waiting}`, `rolled-up=${rolledUp}`, `billed=${billed}`, `counted=${counted ?? '-'}`, `differences=${differences}`,
  ])
  for (const line of formatTable(rows)) out.print(line)
  const differences = found.meters.reduce((all, one) => all + one.differences, 0)
  out.print(found.ok ? 'Events, sums and bills are the same.' : `${count(differences, 'difference')}: what was done, added up and billed is not the same.`)
  return { value: found, ok: found.ok }
}
