import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { formatTable, printable } from '../output.ts'

export const configureSuggest = (command: Command): Command => command
  .description('say how a query may go on, and what was meant')
  .argument('<query...>', 'what was typed so far')

export async function suggest({ client, out }: CliContext, words: string[]): Promise<Result> {
  const answer = await client.api.search.suggest.query({ query: words.join(' ') })
  const rows = answer.completions.map(({ kind, text, query }) => [out.colors.dim(kind), printable(text), query === text ? '' : out.colors.dim(printable(query))])
  for (const line of formatTable(rows)) out.print(line.trimEnd())
  if (answer.didYouMean !== null) out.print(`Did you mean: ${out.colors.bold(printable(answer.didYouMean))}`)
  if (answer.degraded) out.note('A part of the search did not answer: there may be more.')
  if (answer.completions.length === 0 && answer.didYouMean === null) out.print('Nothing to suggest.')
  return done(answer)
}
