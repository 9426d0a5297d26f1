import type { Share, SharePolicy, ShareVisit } from '@intellidocs/contracts'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { CommandError, UsageError } from '../failure.ts'
import { listAll, UUID } from '../lookup.ts'
import { findTarget, toldTarget } from '../lookup-target.ts'
import { count, formatMoment, formatTable, printable } from '../output.ts'
import { ask, readSecret } from '../prompt.ts'
import { positiveInteger } from '../values.ts'

const TARGET = 'document or folder, by id or name; Name/ is always a folder'
const LINK = 'the id of the link, or what it leads to where that has one link'
const DAY_MS = 86_400_000
type Context = CliContext
type Client = Context['client']

const listLinks = ({ api }: Client, of: object = {}): Promise<Share[]> => listAll((page) => api.documents.shares.list.query({ ...page, ...of }))

/** A link by its id, or by the name of what it leads to. */
async function findLink(client: Client, named: string): Promise<Share> {
  const all = await listLinks(client)
  const found = UUID.test(named) ? all.filter(({ id }) => id === named.toLowerCase()) : all.filter(({ title, revokedAt }) => title === named.normalize('NFC') && revokedAt === null)
  const [only, ...others] = found
  if (only === undefined) throw new CommandError(`There is no link "${printable(named)}" among yours. "intellidocs share list" lists them.`)
  if (others.length > 0) throw new UsageError(`${found.length} links lead to "${printable(named)}"; name one by its id: ${found.map(({ id }) => id).join(', ')}.`)
  return only
}

export const configureShareList = (command: Command): Command => command.description('your public links, newest first')

const states: Readonly<Record<Share['state'], string>> = { open: 'open', revoked: 'revoked', expired: 'over', used_up: 'used up' }

const used = (times: number, limit: number | null, one: string): string => (limit === null ? count(times, one) : `${times} of ${count(limit, one)}`)

function limitsOf({ expiresAt, hasPassword, emails, download }: Share): string {
  const said = [
    expiresAt === null ? '' : `until ${formatMoment(expiresAt)}`, hasPassword ? 'password' : '', emails.length === 0 ? '' : `for ${emails.map(printable).join(', ')}`,
    download ? '' : 'for looking only',
  ]
  return said.filter((part) => part !== '').join(', ')
}

export async function shareList({ client, out }: Context): Promise<Result> {
  const shares = await listLinks(client)
  const rows = shares.map((one) => [
    states[one.state], one.id, used(one.views, one.viewLimit, 'view'), used(one.downloads, one.downloadLimit, 'download'), printable(one.title ?? 'hidden from you'), limitsOf(one),
  ])
  for (const line of formatTable(rows)) out.print(line)
  if (shares.length === 0) out.print('There are no links. Make one with "intellidocs share create DOCUMENT".')
  return done({ shares })
}

type Limits = { note?: string; password?: boolean; passwordStdin?: boolean; emails?: string[]; days?: number; views?: number; downloads?: number; viewOnly?: boolean; notify?: boolean }

const withLimits = (command: Command): Command => command
  .option('--note <text>', 'what whoever opens it reads')
  .option('--password', 'ask for a password that it takes to open it')
  .option('--password-stdin', 'read that from standard input')
  .option('--emails <list>', 'only for these addresses, proved by a mailed code: ada@example.org,bob@example.org', list)
  .option('--days <n>', 'how long it opens', positiveInteger)
  .option('--views <n>', 'how often it can be opened', positiveInteger)
  .option('--downloads <n>', 'how often it can be downloaded', positiveInteger)
  .option('--view-only', 'pictures of pages only, with who looks drawn into them')
  .option('--notify', 'be told when it is opened')

const list = (value: string): string[] => value.split(',').map((part) => part.trim()).filter((part) => part !== '')

async function settingsFrom(context: Context, { note, password, passwordStdin, emails, days, views, downloads, viewOnly, notify }: Limits) {
  return {
    ...(note === undefined ? {} : { note }), ...(emails === undefined ? {} : { emails }), ...(views === undefined ? {} : { viewLimit: views }),
    ...(downloads === undefined ? {} : { downloadLimit: downloads }), ...(viewOnly === true ? { download: false } : {}), ...(notify === true ? { notify } : {}),
    ...(days === undefined ? {} : { expiresAt: new Date(Date.now() + days * DAY_MS).toISOString() }),
    ...(passwordStdin === true ? { password: await readSecret(context) } : {}),
    ...(password === true ? { password: await ask(context, 'Password of the link: ', { hidden: true, insteadOf: '--password-stdin' }) } : {}),
  }
}

export const configureShareCreate = (command: Command): Command => withLimits(command
  .description('make a public link to a document, or to a folder with what lies below it').argument('<target>', TARGET)
  .option('--version <n>', 'always this version of the document, not the newest', positiveInteger)
  .option('--preset <name>', 'settings that your organization keeps under a name'))

export async function shareCreate(context: Context, [named = '']: string[], { version, preset, ...limits }: Limits & { version?: number; preset?: string }): Promise<Result> {
  const { client, out } = context
  const target = await findTarget(client, named)
  const settings = { ...await settingsFrom(context, limits), ...(preset === undefined ? {} : { preset }) }
  if (version !== undefined && 'folderId' in target) throw new UsageError('A folder has no versions.')
  const { shares } = client.api.documents
  const made = 'folderId' in target ? await shares.create.mutate({ folderId: target.folderId, ...settings })
    : await shares.create.mutate({ documentId: target.documentId, version: version ?? null, ...settings })
  out.print(made.url)
  const told = limitsOf(made.share)
  out.note(`Whoever has this address may open ${toldTarget(target)}${told === '' ? '' : ` (${told})`}. It is shown this once.`)
  return done(made)
}

export const configureShareUpdate = (command: Command): Command => withLimits(command
  .description('change what a link allows; with another password or other addresses it is opened anew').argument('<link>', LINK))

export async function shareUpdate(context: Context, [named = '']: string[], limits: Limits): Promise<Result> {
  const { client, out } = context
  const { id } = await findLink(client, named)
  const share = await client.api.documents.shares.update.mutate({ id, ...await settingsFrom(context, limits) })
  const told = limitsOf(share)
  out.print(`The link to ${printable(share.title ?? share.id)} is changed${told === '' ? '' : ` (${told})`}.`)
  return done({ share })
}

export const configureShareRevoke = (command: Command): Command => command.description('end a link, at once and for good').argument('<link>', LINK)

export async function shareRevoke({ client, out }: Context, [named = '']: string[]): Promise<Result> {
  const { id } = await findLink(client, named)
  const share = await client.api.documents.shares.revoke.mutate({ id })
  out.print(`The link to ${printable(share.title ?? share.id)} opens nothing any more.`)
  return done({ share })
}

export const configureShareActivity = (command: Command): Command => command
  .description('who opened a link, when, and which pages they looked at').argument('<link>', LINK)
  .option('--limit <n>', 'how many at most', positiveInteger, 50)

const seconds = (pages: ShareVisit['pages']): number => pages.reduce((sum, page) => sum + page.seconds, 0)

export async function shareActivity({ client, out }: Context, [named = '']: string[], { limit }: { limit: number }): Promise<Result> {
  const { id } = await findLink(client, named)
  const visits = await listAll((page) => client.api.documents.shares.activity.query({ id, ...page }), limit)
  const rows = visits.map((visit) => [
    formatMoment(visit.openedAt), printable(visit.email ?? visit.address), count(visit.downloads.length, 'download'),
    visit.pages.length === 0 ? 'no page' : `${visit.pages.length === 1 ? 'page' : 'pages'} ${visit.pages.map(({ page }) => page).join(', ')} in ${seconds(visit.pages)} s`,
  ])
  for (const line of formatTable(rows)) out.print(line)
  if (visits.length === 0) out.print('Nobody opened it yet.')
  return done({ visits })
}

/** `maxDays` 0: none; commander takes a null for nothing. */
type Policy = { links?: SharePolicy['links']; maxDays?: number; passwordRequired?: boolean; wholeAddresses?: boolean }

const yesOrNo = (value: string): boolean => {
  if (value !== 'yes' && value !== 'no') throw new InvalidArgumentError('It is yes or no.')
  return value === 'yes'
}

export const configureSharePolicy = (command: Command): Command => command
  .description('what your organization allows of links; with options, set it')
  .addOption(new Option('--links <which>', 'whether there may be any').choices(['allowed', 'forbidden']))
  .option('--max-days <n>', 'the longest life; none: as long as anybody likes', (value) => (value === 'none' ? 0 : positiveInteger(value)))
  .option('--password-required <yes|no>', 'whether each needs a password', yesOrNo)
  .option('--whole-addresses <yes|no>', 'whether of visitors more than the network is kept', yesOrNo)

export async function sharePolicy({ client, out }: Context, _args: string[], changes: Policy): Promise<Result> {
  const { links, maxDays, passwordRequired, wholeAddresses } = changes
  const said = {
    ...(links === undefined ? {} : { links }), ...(maxDays === undefined ? {} : { maxDays: maxDays === 0 ? null : maxDays }), ...(passwordRequired === undefined ? {} : { passwordRequired }),
    ...(wholeAddresses === undefined ? {} : { wholeAddresses }),
  }
  const { policy: api } = client.api.documents.shares
  const policy = Object.keys(said).length === 0 ? await api.get.query() : await api.set.mutate(said)
  out.print(policy.links === 'forbidden' ? 'Nobody makes links, and those that are there open nothing.' : 'Who manages a document may make links to it.')
  if (policy.maxDays !== null) out.print(`None opens for longer than ${count(policy.maxDays, 'day')}.`)
  if (policy.passwordRequired) out.print('Each has a password.')
  if (policy.wholeAddresses) out.print('Whole addresses of visitors are kept.')
  for (const { name } of policy.presets) out.print(`Preset: ${printable(name)}`)
  return done({ policy })
}
