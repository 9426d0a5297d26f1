import { searchContract, type FacetName } from '@intellidocs/contracts'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { z } from 'zod'
import { searchBatch } from '../batch-search.ts'
import { pointingAt } from '../query-fault.ts'
import { done, type CliContext, type Result } from '../context.ts'
import { UsageError } from '../failure.ts'
import { findFolder } from '../lookup.ts'
import { findView } from '../lookup-views.ts'
import { facetLines, printHits } from '../hits.ts'
import { count, printable } from '../output.ts'
import { positiveInteger } from '../values.ts'

type Options = {
  mode?: string; view?: string; limit?: number; folder?: string; sort?: string; facets?: FacetName[] | true; batch?: string; out?: string; id: 'name' | 'id'
}

const AWAY = { keyword: 'the part that looks by words is', meaning: 'the part that looks by meaning is', typos: 'what forgives typos is' } as const
const [DEFAULT_HITS, DEFAULT_BATCH_HITS, MOST_HITS] = [10, 100, 100]

export const configureSearch = (command: Command): Command => command
  .description('find passages by word and by meaning')
  .argument('[query...]', 'words, "exact phrases", -without, type:pdf tag:… folder:… owner:me created:>2025-01 pages:>10 language:pt flow:approved')
  .addOption(new Option('--mode <mode>', 'how to look').choices([...searchContract.searchModes]).default(undefined, 'hybrid'))
  .option('--limit <n>', `at most so many documents (default: ${DEFAULT_HITS}, in a batch ${DEFAULT_BATCH_HITS})`, positiveInteger)
  .option('--folder <folder>', 'only in this folder and below')
  .option('--view <view>', 'a search that is kept under this name; what is typed beside it holds as well')
  .addOption(new Option('--sort <order>', 'by what fits best, or by when documents were added').choices(searchContract.searchSort.options))
  .option('--facets [names]', `also how many documents have which ${searchContract.facetNames.join(', ')}; or only these, commas between`, facetList)
  .option('--batch <file>', 'many texts to look for: a JSON object a line, {"id": "1", "text": "…"}')
  .option('--out <file>', 'where the hits of a batch go: query, document and 1 / rank, tab between')
  .addOption(new Option('--id <what>', 'what names a document in --out').choices(['name', 'id']).default('name'))
  .addHelpText('after', `
In a shell the whole query stands in single quotes, or behind "--":
  intellidocs search 'roof "annual report" -draft type:pdf'`)

function facetList(names: string): FacetName[] {
  const parsed = z.array(z.enum(searchContract.facetNames)).min(1).safeParse(names.split(',').map((name) => name.trim()))
  if (!parsed.success) throw new InvalidArgumentError(`There are ${searchContract.facetNames.join(', ')}.`)
  return parsed.data
}

export async function search(context: CliContext, words: string[], options: Options): Promise<Result> {
  const { client, out } = context
  if (options.limit !== undefined && options.limit > MOST_HITS) throw new UsageError(`--limit is ${MOST_HITS} at most.`)
  const folder = options.folder === undefined ? {} : { folderId: await findFolder(client, options.folder) }
  if (options.batch !== undefined) {
    if (options.out === undefined || words.length > 0 || options.view !== undefined) throw new UsageError('A batch wants --batch FILE and --out FILE, and neither words nor a view.')
    const ask = { mode: searchContract.searchMode.parse(options.mode ?? 'hybrid'), filters: folder, limit: options.limit ?? DEFAULT_BATCH_HITS }
    return searchBatch(context, { queries: options.batch, out: options.out, id: options.id, ask })
  }
  if (words.join('').trim() === '' && options.folder === undefined && options.view === undefined) throw new UsageError('Say what to look for: intellidocs search "words".')
  const view = options.view === undefined ? undefined : await findView(client, options.view, false)
  const query = [view?.query ?? '', ...words].join(' ').trim()
  const facets = options.facets === true ? [...searchContract.facetNames] : options.facets
  const ask = {
    query, filters: { ...view?.filters, ...folder }, limit: options.limit ?? DEFAULT_HITS, mode: searchContract.searchMode.parse(options.mode ?? view?.mode ?? 'hybrid'),
    sort: searchContract.searchSort.parse(options.sort ?? view?.sort ?? 'relevance'), ...(facets === undefined ? {} : { facets }),
  }
  const answer = await pointingAt(context, query, () => client.api.search.query.query(ask))
  printHits(context, answer.hits)
  for (const line of facetLines(answer.facets)) out.print(line)
  const rest = answer.nextCursor === null ? '' : answer.hits.length === 0 ? ' among those looked through so far' : ' of more'
  out.print(out.colors.dim(`${count(answer.hits.length, 'document')}${rest} in ${Math.round(answer.tookMs)} ms`))
  if (answer.degraded) out.note(`The answer is incomplete: ${answer.missing.map((part) => AWAY[part]).join(' and ')} away.`)
  if (facets !== undefined && answer.facets === null) out.note('There was no time to count.')
  const meant = answer.hits.some((hit) => hit.why.words.length > 0) || query.length > MOST_SUGGESTED ? null : await meantBy(context, query)
  if (meant !== null) out.print(`Did you mean: ${out.colors.bold(printable(meant))}`)
  return done({ ...answer, didYouMean: meant })
}

/** Longer texts are no slips of the pen. */
const MOST_SUGGESTED = 300

const meantBy = async ({ client }: CliContext, query: string): Promise<string | null> =>
  (query === '' ? null : (await client.api.search.suggest.query({ query, limit: 1 })).didYouMean)
