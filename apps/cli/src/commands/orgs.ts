import type { IntelliDocsClient } from '@intellidocs/client'
import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { CommandError, UsageError } from '../failure.ts'
import { listAll } from '../lookup.ts'
import { findMember } from '../lookup-people.ts'
import { openClient } from '../open-client.ts'
import { formatTable, printable } from '../output.ts'
import { confirm } from '../prompt.ts'

type Yes = { yes?: boolean }

export const withYes = (command: Command): Command => command.option('--yes', 'do not ask')

const listOrgs = ({ api }: IntelliDocsClient) => listAll((page) => api.orgs.list.query(page))

/** Another organization than the one the command works in. */
const clientFor = ({ url, token }: CliContext, org: string): IntelliDocsClient => openClient({ url, token, org })

export const configureOrgsList = (command: Command): Command => command.description('your organizations; * marks the one you work in')

export async function orgsList({ client, org, out }: CliContext): Promise<Result> {
  const orgs = await listOrgs(client)
  const ended = (purgeAt: string | null) => (purgeAt === null ? '' : `  (deleted; gone for good on ${purgeAt.slice(0, 10)})`)
  const rows = orgs.map(({ id, slug, name, role, purgeAt }) => [
    slug === org || id === org ? '*' : ' ', slug, role, id, `${printable(name)}${ended(purgeAt)}`,
  ])
  for (const line of formatTable(rows)) out.print(line)
  if (orgs.length === 0) out.print('You belong to no organization. Make one with "intellidocs orgs create NAME", or be invited.')
  return done({ orgs, current: org ?? null })
}

export const configureOrgsCreate = (command: Command): Command => command
  .description('make an organization and own it')
  .argument('<name>', 'as people read it')
  .option('--slug <slug>', 'its short name: lower-case letters, digits and dashes (default: made of the name)')

export async function orgsCreate({ client, out }: CliContext, [name = '']: string[], options: { slug?: string }): Promise<Result> {
  const made = await client.api.orgs.create.mutate({ name, slug: options.slug ?? slugOf(name) })
  out.print(`${printable(made.name)} (${made.slug}) is there, and you own it. Work in it with "intellidocs orgs use ${made.slug}".`)
  return done({ org: made })
}

/** `Müller & Söhne` becomes `muller-sohne`. */
export function slugOf(name: string): string {
  const slug = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, 40).replace(/^-+|-+$/g, '')
  if (slug === '') throw new UsageError('No short name can be made of this name; give one with --slug.')
  return slug
}

export const configureOrgsRename = (command: Command): Command => command
  .description('give the organization you work in another name')
  .argument('[name]', 'as people read it')
  .option('--slug <slug>', 'its short name')

export async function orgsRename(context: CliContext, [name]: string[], { slug }: { slug?: string }): Promise<Result> {
  if (name === undefined && slug === undefined) throw new UsageError('Give a name, or a short name with --slug.')
  const { api } = context.client
  const { slug: before } = await api.orgs.get.query()
  const org = await api.orgs.update.mutate({ ...(name === undefined ? {} : { name }), ...(slug === undefined ? {} : { slug }) })
  await context.settings.change(({ installations }) => {
    const known = installations[context.url]
    if (known?.org === before) known.org = org.slug
  })
  context.out.print(`It is called ${printable(org.name)} (${org.slug}) now.`)
  return done({ org })
}

export const configureOrgsDelete = (command: Command): Command => withYes(command)
  .description('delete an organization you own: closed at once, gone for good after some days')
  .argument('<org>', 'its short name')

export async function orgsDelete(context: CliContext, [slug = '']: string[], { yes }: Yes): Promise<Result> {
  const sentence = `Everybody loses ${printable(slug)} at once, and its documents are gone for good after some days.`
  await confirm(context, { sentence, word: slug, yes })
  const org = await clientFor(context, slug).api.orgs.delete.mutate({ slug })
  const day = org.purgeAt?.slice(0, 10) ?? 'some day'
  context.out.print(`${printable(org.name)} is closed and is gone for good on ${day}. Until then: "intellidocs orgs undelete ${org.slug}".`)
  return done({ org })
}

export const configureOrgsUndelete = (command: Command): Command => command
  .description('open an organization again that is being deleted')
  .argument('<org>', 'its short name or id')

export async function orgsUndelete(context: CliContext, [named = '']: string[]): Promise<Result> {
  const org = await clientFor(context, named).api.orgs.undelete.mutate()
  context.out.print(`${printable(org.name)} (${org.slug}) is open again.`)
  return done({ org })
}

export const configureOrgsUse = (command: Command): Command => command
  .description('work in this organization from now on')
  .argument('<org>', 'its short name or id')

export async function orgsUse(context: CliContext, [named = '']: string[]): Promise<Result> {
  const { installations } = await context.settings.read()
  if (installations[context.url] === undefined) throw new CommandError(`You are not signed in to ${context.url}: "intellidocs login".`)
  const orgs = await listOrgs(context.client)
  const org = orgs.find(({ id, slug, purgeAt }) => (slug === named || id === named) && purgeAt === null)
  if (org === undefined) {
    const yours = orgs.filter(({ purgeAt }) => purgeAt === null).map(({ slug }) => slug).join(', ')
    throw new CommandError(`You do not belong to an organization "${printable(named)}"${yours ? `; yours: ${yours}` : ''}. Whoever manages its members can invite you.`)
  }
  await context.settings.change((settings) => {
    const known = settings.installations[context.url]
    if (known !== undefined) known.org = org.slug
  })
  context.out.print(`From now on you work in ${printable(org.name)} (${org.slug}).`)
  return done({ org })
}

export const configureOrgsTransfer = (command: Command): Command => withYes(command)
  .description('make a member the owner in your place; you stay as an admin')
  .argument('<member>', 'address, name or id')

export async function orgsTransfer(context: CliContext, [named = '']: string[], { yes }: Yes): Promise<Result> {
  const { userId, email } = await findMember(context.client, named)
  await confirm(context, { sentence: `${printable(email)} owns the organization from then on, and you do not.`, word: email, yes })
  const owner = await context.client.api.orgs.transferOwnership.mutate({ userId })
  context.out.print(`${printable(owner.email)} is an owner now, and you are an admin.`)
  return done({ owner })
}

export const configureOrgsLeave = (command: Command): Command => withYes(command)
  .description('end your own membership of the organization you work in; your documents stay')

export async function orgsLeave(context: CliContext, _args: string[], { yes }: Yes): Promise<Result> {
  const { orgs, org } = await context.client.api.auth.me.query()
  const mine = orgs.find(({ orgId }) => orgId === org)
  if (mine === undefined) throw new UsageError('Name the organization with --org.')
  await confirm(context, { sentence: `You lose ${printable(mine.name)} at once, and your keys of it.`, word: mine.slug, yes })
  const { left } = await context.client.api.orgs.leave.mutate()
  await context.settings.change(({ installations }) => {
    const known = installations[context.url]
    if (known?.org === mine.slug) known.org = null
  })
  context.out.print(`You have left ${printable(mine.name)}.`)
  return done({ org: mine.slug, left })
}
