import { searchContract, type Hit } from '@intellidocs/contracts'
import { Option, type Command } from 'commander'
import { searchBatch } from '../batch-search.ts'
import { pointingAt } from '../query-fault.ts'
import { done, type CliContext, type Result } from '../context.ts'
import { UsageError } from '../failure.ts'
import { findFolder } from '../lookup.ts'
import { count, oneLine, printable } from '../output.ts'
import { positiveInteger } from '../values.ts'

type Options = { mode: string; limit?: number; folder?: string; batch?: string; out?: string; id: 'name' | 'id' }

const AWAY = { keyword: 'the part that looks by words is', meaning: 'the part that looks by meaning is', typos: 'what forgives typos is' } as const
const [DEFAULT_HITS, DEFAULT_BATCH_HITS, MOST_HITS] = [10, 100, 100]

export const configureSearch = (command: Command): Command => command
  .description('find passages by word and by meaning')
  .argument('[words...]', 'what to look for: words, "exact phrases", -without, type:pdf tag:… folder:… owner:me created:>2025-01 pages:>10; quote the whole for the shell')
  .addOption(new Option('--mode <mode>', 'how to look').choices([...searchContract.searchModes]).default('hybrid'))
  .option('--limit <n>', `at most so many documents (default: ${DEFAULT_HITS}, in a batch ${DEFAULT_BATCH_HITS})`, positiveInteger)
  .option('--folder <folder>', 'only in this folder and below')
  .option('--batch <file>', 'many queries: a JSON object a line, {"id": "1", "text": "…"}')
  .option('--out <file>', 'where the hits of a batch go: query, document and 1 / rank, tab between')
  .addOption(new Option('--id <what>', 'what names a document in --out').choices(['name', 'id']).default('name'))

export async function search(context: CliContext, words: string[], options: Options): Promise<Result> {
  const mode = searchContract.searchMode.parse(options.mode)
  if (options.limit !== undefined && options.limit > MOST_HITS) throw new UsageError(`--limit is ${MOST_HITS} at most.`)
  const filters = options.folder === undefined ? {} : { folderId: await findFolder(context.client, options.folder) }
  if (options.batch !== undefined) {
    if (options.out === undefined || words.length > 0) throw new UsageError('A batch wants --batch FILE and --out FILE, and no words.')
    const ask = { mode, filters, limit: options.limit ?? DEFAULT_BATCH_HITS }
    return searchBatch(context, { queries: options.batch, out: options.out, id: options.id, ask })
  }
  const query = words.join(' ').trim()
  if (query === '' && options.folder === undefined) throw new UsageError('Say what to look for: intellidocs search "words".')
  const ask = { query, mode, filters, limit: options.limit ?? DEFAULT_HITS }
  const answer = await pointingAt(context, query, () => context.client.api.search.query.query(ask))
  for (const [at, hit] of answer.hits.entries()) printHit(context, hit, at + 1)
  context.out.print(context.out.colors.dim(`${count(answer.hits.length, 'document')} in ${Math.round(answer.tookMs)} ms`))
  if (answer.degraded) context.out.note(`The answer is incomplete: ${answer.missing.map((part) => AWAY[part]).join(' and ')} away.`)
  return done(answer)
}

function printHit({ out }: CliContext, hit: Hit, rank: number): void {
  const why = [...(hit.why.words.length > 0 ? [hit.why.words.join(', ')] : []), ...(hit.why.meaning ? ['meaning'] : [])].join(' + ')
  out.print(`${rank}. ${out.colors.bold(printable(hit.name))}, page ${hit.page}  ${out.colors.dim(`${printable(why)}`)}`)
  out.print(`   ${highlighted(hit, (words) => out.colors.yellow(out.colors.bold(words)))}`)
  out.print()
}

const SHOWN = 400

/** The passage around its first found word, on one line, found words marked. Cut before marking, so that no mark is cut. */
export function highlighted({ passage, highlights }: Pick<Hit, 'passage' | 'highlights'>, mark: (words: string) => string): string {
  const first = highlights[0]?.start ?? 0
  const from = first < SHOWN / 2 ? 0 : first - SHOWN / 4
  const to = Math.min(passage.length, from + SHOWN)
  let [text, at] = ['', from]
  for (const { start, end } of highlights) {
    if (start < at || end > to) continue
    text += oneLine(passage.slice(at, start)) + mark(oneLine(passage.slice(start, end)))
    at = end
  }
  return `${from > 0 ? '… ' : ''}${text}${oneLine(passage.slice(at, to))}${to < passage.length ? ' …' : ''}`
}
