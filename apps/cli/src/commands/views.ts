import { searchContract, type SearchView } from '@intellidocs/contracts'
import { Option, type Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { UsageError } from '../failure.ts'
import { findFolder } from '../lookup.ts'
import { findView } from '../lookup-views.ts'
import { formatTable, printable } from '../output.ts'
import { pointingAt } from '../query-fault.ts'

type SaveOptions = { mode: string; sort: string; folder?: string; shared?: boolean }

export const configureViewsList = (command: Command): Command => command.description('searches that are kept under a name: yours, and those that members share')

export async function viewsList({ client, out }: CliContext): Promise<Result> {
  const { items } = await client.api.search.views.list.query({})
  for (const line of formatTable(items.map((view) => [out.colors.bold(printable(view.name)), whoseOf(view), printable(view.query)]))) out.print(line)
  if (items.length === 0) out.print('No views yet: intellidocs views save NAME QUERY.')
  return done({ views: items })
}

const whoseOf = ({ own, shared }: SearchView): string => (own ? shared ? 'yours, shared' : 'yours' : 'shared with you')

export const configureViewsSave = (command: Command): Command => command
  .description('keep a search under a name; "search --view NAME" asks it')
  .argument('<name>', 'what to call it')
  .argument('[query...]', 'as "search" takes it')
  .addOption(new Option('--mode <mode>', 'how to look').choices([...searchContract.searchModes]).default('hybrid'))
  .addOption(new Option('--sort <order>', 'in which order').choices(searchContract.searchSort.options).default('relevance'))
  .option('--folder <folder>', 'only in this folder and below')
  .option('--shared', 'for everybody in the organization')

export async function viewsSave(context: CliContext, [name = '', ...words]: string[], options: SaveOptions): Promise<Result> {
  const query = words.join(' ').trim()
  if (query === '' && options.folder === undefined) throw new UsageError('A view has a query: intellidocs views save NAME QUERY.')
  const filters = options.folder === undefined ? {} : { folderId: await findFolder(context.client, options.folder) }
  const [mode, sort] = [searchContract.searchMode.parse(options.mode), searchContract.searchSort.parse(options.sort)]
  const view = await pointingAt(context, query, () => context.client.api.search.views.create.mutate({ name, query, filters, mode, sort, shared: options.shared === true }))
  context.out.print(`Kept: ${printable(view.name)}.`)
  return done({ view })
}

export const configureViewsDelete = (command: Command): Command => command.description('delete a view of yours').argument('<view>', 'id or name')

export async function viewsDelete({ client, out }: CliContext, [named = '']: string[]): Promise<Result> {
  const { id, name } = await findView(client, named, true)
  await client.api.search.views.delete.mutate({ id })
  out.print(`Deleted: ${printable(name)}.`)
  return done({ id, deleted: true })
}
