import { planNames, type PlanName } from '@intellidocs/contracts'
import { Argument, Option, type Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { UsageError } from '../failure.ts'
import { listAll } from '../lookup.ts'
import { findOrg } from '../lookup-admin.ts'
import { formatMoment, formatTable, printable } from '../output.ts'
import { withReason } from './admin-orgs.ts'

export const configureAdminPlan = (command: Command): Command => withReason(command)
  .description('give an organization a plan, at once').argument('<org>', 'id or short name').addArgument(new Argument('<plan>', 'which').choices(planNames))

export async function adminPlan({ client, out }: CliContext, [named = '', plan = '']: string[], { reason }: { reason: string }): Promise<Result> {
  const { id, slug } = await findOrg(client, named)
  const current = await client.api.admin.orgs.setPlan.mutate({ id, plan: plan as PlanName, reason })
  out.print(`${slug} has the plan ${current.plan}.`)
  return done({ current })
}

export const configureAdminHealth = (command: Command): Command => command.description('what works, and how far behind the background is; exit 1 when something needed does not')

export async function adminHealth({ client, out }: CliContext): Promise<Result> {
  const health = await client.api.admin.health.query()
  for (const line of formatTable(health.dependencies.map(({ name, ok, ms }) => [ok ? 'works' : out.colors.yellow('away'), name, `${ms} ms`]))) out.print(line)
  const { due, parked, oldestSeconds } = health.outbox
  out.print(`Outbox: ${due} due, the oldest for ${Math.round(oldestSeconds)} s; ${parked} given up. Audit: ${Math.round(health.auditLagSeconds)} s behind.`)
  for (const { state, count, oldestSeconds: oldest } of health.reading) out.print(`Documents ${state}: ${count}, the oldest for ${Math.round(oldest)} s.`)
  out.print(`Versions: ${Object.entries(health.versions).map(([name, version]) => `${name} ${version}`).join(', ')}.`)
  return { value: health, ok: health.ready }
}

export const configureAdminReadOnly = (command: Command): Command => withReason(command)
  .description('refuse every change for now, or take changes again').addArgument(new Argument('<state>', 'which').choices(['on', 'off']))

export async function adminReadOnly({ client, out }: CliContext, [state]: string[], { reason }: { reason: string }): Promise<Result> {
  const settings = await client.api.admin.settings.set.mutate({ readOnly: state === 'on', reason })
  out.print(settings.readOnly ? 'Every change is refused until "intellidocs admin read-only off".' : 'Changes are taken again.')
  return done({ settings })
}

type Banner = { reason: string; level: 'info' | 'warning'; until?: string; off?: boolean }

export const configureAdminBanner = (command: Command): Command => withReason(command)
  .description('what everybody is told; --off takes it away').argument('[text]', 'what')
  .addOption(new Option('--level <level>', 'how it is shown').choices(['info', 'warning']).default('info'))
  .option('--until <time>', 'shown until then, ISO 8601').option('--off', 'tell nothing any more')

export async function adminBanner({ client, out }: CliContext, [text]: string[], { reason, level, until, off }: Banner): Promise<Result> {
  if ((text === undefined) !== (off === true)) throw new UsageError('A text is needed, or --off, and not both.')
  const banner = text === undefined ? null : { text, level, until: until ?? null }
  const settings = await client.api.admin.settings.set.mutate({ banner, reason })
  out.print(settings.banner === null ? 'Nothing is told any more.' : `Everybody is told: ${printable(settings.banner.text)}`)
  return done({ settings })
}

export const configureAdminSupport = (command: Command): Command => command.description('organizations that let administrators read for a time')

export async function adminSupport({ client, out }: CliContext): Promise<Result> {
  const consents = await listAll((page) => client.api.admin.support.list.query(page), 200)
  const rows = consents.map((one) => [one.opened ? 'opened' : '', one.id, one.orgSlug, `until ${formatMoment(one.endsAt)}`, printable(one.reason)])
  for (const line of formatTable(rows)) out.print(line)
  if (consents.length === 0) out.print('None does.')
  return done({ consents })
}

export const configureAdminOpenSupport = (command: Command): Command => withReason(command)
  .description('read in such an organization; its members are told that you do, and why').argument('<consent>', 'id, as "intellidocs admin support" tells it')

export async function adminOpenSupport({ client, out }: CliContext, [id = '']: string[], { reason }: { reason: string }): Promise<Result> {
  const consent = await client.api.admin.support.open.mutate({ id, reason })
  out.print(`Behind --org support:${consent.orgSlug} you read what a viewer reads there, until ${formatMoment(consent.endsAt)}.`)
  return done({ consent })
}
