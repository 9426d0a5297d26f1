import type { AdminOrg } from '@intellidocs/contracts'
import { Option, type Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { listAll } from '../lookup.ts'
import { findOrg } from '../lookup-admin.ts'
import { count, formatBytes, formatMoment, formatTable, printable } from '../output.ts'
import { confirm } from '../prompt.ts'
import { positiveInteger } from '../values.ts'
import { withYes } from './orgs.ts'

const ORG = 'id or short name'

/** Every deed says why, for the audit. */
export const withReason = (command: Command): Command => command.requiredOption('--reason <text>', 'why, for the audit')

const stateOf = ({ status, suspendedAt, purgeAt }: AdminOrg): string => {
  if (purgeAt !== null) return `gone on ${purgeAt.slice(0, 10)}`
  return suspendedAt === null ? status : `suspended since ${suspendedAt.slice(0, 10)}`
}

export const configureAdminOrgs = (command: Command): Command => command
  .description('the organizations of the installation, newest first').argument('[part]', 'of the name or short name')
  .addOption(new Option('--status <status>', 'only these').choices(['active', 'suspended', 'deleting']))
  .option('--limit <n>', 'at most so many', positiveInteger, 50)

type Listing = { status?: AdminOrg['status']; limit: number }

export async function adminOrgs({ client, out }: CliContext, [part]: string[], { status, limit }: Listing): Promise<Result> {
  const filter = { ...(part === undefined ? {} : { search: part }), ...(status === undefined ? {} : { status }) }
  const orgs = await listAll((page) => client.api.admin.orgs.list.query({ ...page, ...filter }), limit)
  const rows = orgs.map((org) => [org.slug, stateOf(org), count(org.members, 'member'), org.createdAt.slice(0, 10), org.id, printable(org.name)])
  for (const line of formatTable(rows)) out.print(line)
  if (orgs.length === 0) out.print('There is none that fits.')
  return done({ orgs })
}

export const configureAdminOrg = (command: Command): Command => command.description('one organization: its owners and how much it has, never what').argument('<org>', ORG)

export async function adminOrg({ client, out }: CliContext, [named = '']: string[]): Promise<Result> {
  const { id } = await findOrg(client, named)
  const org = await client.api.admin.orgs.get.query({ id })
  const { documents, trashed, versions, bytes, unread, failed } = org.counts
  out.print(`${printable(org.name)} (${org.slug}, ${org.id}): ${stateOf(org)}, made on ${formatMoment(org.createdAt)}`)
  if (org.suspendedReason !== null) out.print(`Why: ${printable(org.suspendedReason)}`)
  out.print(`${count(org.members, 'member')}, ${count(documents, 'document')}, ${trashed} in the trash, ${count(versions, 'version')} of ${formatBytes(bytes)}, ${unread} to be read, ${failed} failed`)
  for (const owner of org.owners) out.print(`Owner: ${printable(owner.name)} <${printable(owner.email)}>${owner.active ? '' : ', shut out'}`)
  return done({ org })
}

export const configureAdminCreateOrg = (command: Command): Command => command
  .description('make an organization for somebody who has an account').argument('<slug>', 'its short name').requiredOption('--owner <email>', 'who owns it')
  .option('--name <name>', 'what it is called (default: the short name)')

export async function adminCreateOrg({ client, out }: CliContext, [slug = '']: string[], { owner, name }: { owner: string; name?: string }): Promise<Result> {
  const org = await client.api.admin.orgs.create.mutate({ slug, name: name ?? slug, owner })
  out.print(`${org.slug} is there, and ${printable(owner)} owns it.`)
  return done({ org })
}

type Deed = { reason: string; yes?: boolean }

export const configureAdminSuspendOrg = (command: Command): Command => withReason(withYes(command))
  .description('shut an organization to everybody until it is resumed').argument('<org>', ORG)

export async function adminSuspendOrg(context: CliContext, [named = '']: string[], { reason, yes }: Deed): Promise<Result> {
  const { id, slug, members } = await findOrg(context.client, named)
  await confirm(context, { sentence: `${slug} is shut at once to ${count(members, 'member')}, their keys and open connections.`, word: slug, yes })
  const org = await context.client.api.admin.orgs.suspend.mutate({ id, reason })
  context.out.print(`${slug} is shut until "intellidocs admin resume-org ${slug}".`)
  return done({ org })
}

export const configureAdminResumeOrg = (command: Command): Command => command.description('open a suspended organization').argument('<org>', ORG)

export async function adminResumeOrg({ client, out }: CliContext, [named = '']: string[]): Promise<Result> {
  const { id, slug } = await findOrg(client, named)
  const org = await client.api.admin.orgs.resume.mutate({ id })
  out.print(`${slug} is open again.`)
  return done({ org })
}

export const configureAdminDeleteOrg = (command: Command): Command => withReason(withYes(command))
  .description('shut an organization at once, and end it with all it has after the days of grace').argument('<org>', ORG)

export async function adminDeleteOrg(context: CliContext, [named = '']: string[], { reason, yes }: Deed): Promise<Result> {
  const { id, slug } = await findOrg(context.client, named)
  await confirm(context, { sentence: `${slug} is shut at once, and all it has is gone for good after the days of grace.`, word: slug, yes })
  const org = await context.client.api.admin.orgs.delete.mutate({ id, slug, reason })
  context.out.print(`${slug} is gone for good on ${formatMoment(org.purgeAt ?? '')}; until then "intellidocs admin restore-org ${slug}" takes it back.`)
  return done({ org })
}

export const configureAdminRestoreOrg = (command: Command): Command => command.description('take a deletion back').argument('<org>', ORG)

export async function adminRestoreOrg({ client, out }: CliContext, [named = '']: string[]): Promise<Result> {
  const { id, slug } = await findOrg(client, named)
  const org = await client.api.admin.orgs.restore.mutate({ id })
  out.print(org.status === 'active' ? `${slug} is open again.` : `${slug} is kept, and shut until "intellidocs admin resume-org ${slug}".`)
  return done({ org })
}
