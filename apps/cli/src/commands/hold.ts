import type { IntelliDocsClient } from '@intellidocs/client'
import type { Hold, HoldSelection } from '@intellidocs/contracts'
import { Option, type Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { CommandError, UsageError } from '../failure.ts'
import { findDocument, findFolder, listAll, UUID } from '../lookup.ts'
import { findMember, memberNames, same } from '../lookup-people.ts'
import { count, formatMoment, formatTable, printable } from '../output.ts'
import { confirm } from '../prompt.ts'
import { withYes } from './orgs.ts'

type Placing = { reason: string; document?: string[]; folder?: string; tag?: string; owner?: string; all?: boolean }

export const configureHoldPlace = (command: Command): Command => command
  .description('keep documents from every deletion until you release the hold')
  .argument('<name>', 'what it is called')
  .requiredOption('--reason <text>', 'why; it is kept in the audit')
  .option('--document <document...>', 'these, by id or exact name')
  .option('--folder <folder>', 'what lies in it and below it, now or later')
  .option('--tag <tag>', 'what carries it, now or later')
  .option('--owner <member>', 'what is theirs, now or later')
  .option('--all', 'everything of the organization')

export async function holdPlace({ client, out }: CliContext, [name = '']: string[], options: Placing): Promise<Result> {
  const on = await selectionOf(client, options)
  const hold = await client.api.retention.holds.place.mutate({ name, reason: options.reason, on })
  out.print(`${printable(hold.name)} stands on ${await toldOf(client, hold.on)}. Nothing of it is deleted until "intellidocs hold release ${hold.id}".`)
  return done({ hold })
}

async function selectionOf(client: IntelliDocsClient, { document = [], folder, tag, owner, all }: Placing): Promise<HoldSelection> {
  const given = [document.length > 0, folder !== undefined, tag !== undefined, owner !== undefined, all === true].filter(Boolean).length
  if (given !== 1) throw new UsageError('Say what the hold is on, by one of --document, --folder, --tag, --owner and --all.')
  if (folder !== undefined) return { folderId: await findFolder(client, folder) }
  if (tag !== undefined) return { tag }
  if (owner !== undefined) return { ownerId: (await findMember(client, owner)).userId }
  if (all === true) return { all: true }
  const documents: Awaited<ReturnType<typeof findDocument>>[] = []
  for (const named of document) documents.push(await findDocument(client, named))
  return { documents: documents.map(({ id }) => id) }
}

async function toldOf(client: IntelliDocsClient, on: HoldSelection): Promise<string> {
  if ('documents' in on) return count(on.documents.length, 'document')
  if ('folderId' in on) return `the folder ${on.folderId}`
  if ('tag' in on) return `the tag ${printable(on.tag)}`
  if ('ownerId' in on) return `the documents of ${(await memberNames(client))(on.ownerId)}`
  return 'everything of the organization'
}

export const configureHoldList = (command: Command): Command => command
  .description('the legal holds, newest first')
  .addOption(new Option('--state <state>', 'only these').choices(['standing', 'released']))

export async function holdList({ client, out }: CliContext, _args: string[], { state }: { state?: 'standing' | 'released' }): Promise<Result> {
  const holds = await listHolds(client, state)
  const rows = await Promise.all(holds.map(async ({ id, name, on, placedAt, released }) => [
    released === null ? 'stands' : `released ${formatMoment(released.at)}`, formatMoment(placedAt), id, printable(name), await toldOf(client, on),
  ]))
  for (const line of formatTable(rows)) out.print(line)
  if (holds.length === 0) out.print(state === undefined ? 'There are no legal holds.' : `No legal hold is ${state}.`)
  return done({ holds })
}

const listHolds = ({ api }: IntelliDocsClient, state?: 'standing' | 'released'): Promise<Hold[]> =>
  listAll((page) => api.retention.holds.list.query({ ...page, ...(state === undefined ? {} : { state }) }))

export const configureHoldRelease = (command: Command): Command => withYes(command)
  .description('end a legal hold for good').argument('<hold>', 'its id, or its name').requiredOption('--reason <text>', 'why; it is kept in the audit')

export async function holdRelease(context: CliContext, [named = '']: string[], { reason, yes }: { reason: string; yes?: boolean }): Promise<Result> {
  const { client, out } = context
  const { id, name } = await findHold(client, named)
  await confirm(context, { sentence: `What ${printable(name)} is on may be deleted from then on, unless something else keeps it.`, word: 'release', yes })
  const hold = await client.api.retention.holds.release.mutate({ id, reason })
  out.print(`${printable(name)} is released.`)
  return done({ hold })
}

/** By its id, whatever became of it; or by its name, where one of that name stands. */
async function findHold(client: IntelliDocsClient, named: string): Promise<Pick<Hold, 'id' | 'name'>> {
  const holds = await listHolds(client, UUID.test(named) ? undefined : 'standing')
  const found = holds.filter(({ id, name }) => same(id, named) || same(name, named))
  const [first, ...others] = found
  if (first === undefined) throw new CommandError(`No legal hold "${printable(named)}" stands. "intellidocs hold list" lists them.`)
  if (others.length > 0) throw new UsageError(`"${printable(named)}" may be any of ${found.length}; name one by its id: ${found.map(({ id }) => id).join(', ')}.`)
  return first
}
