import type { Answer, Claim } from '@intellidocs/contracts'
import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { findFolder } from '../lookup.ts'
import { oneLine } from '../output.ts'

export const configureAsk = (command: Command): Command => command
  .description('answer a question from your documents, with numbered sources')
  .argument('<question...>', 'what you want to know')
  .option('--folder <folder>', 'only from this folder and below')

export async function ask({ client, out }: CliContext, words: string[], options: { folder?: string }): Promise<Result> {
  const filters = options.folder === undefined ? {} : { folderId: await findFolder(client, options.folder) }
  const answer = await client.api.search.ask.query({ question: words.join(' '), filters })
  for (const line of answerLines(answer)) out.print(line)
  if (answer.missing.includes('model')) out.note('The model that writes answers is away, or proved nothing of what it said.')
  const legs = answer.missing.filter((part) => part !== 'model')
  if (legs.length > 0) out.note(`The answer may be incomplete: the part that looks by ${legs.join(' and ')} is away.`)
  return done(answer)
}

type Source = { readonly number: number; readonly name: string; readonly quotes: string[] }

/** The claims with the numbers of their sources, then these: a page each, with what was quoted of it unless the claims are the quotes. */
export function answerLines({ kind, claims }: Pick<Answer, 'kind' | 'claims'>): string[] {
  if (claims.length === 0) return ['Nothing that you may read answers this.']
  const sources = new Map<string, Source>()
  const sourceOf = ({ versionId, page, name }: Claim): Source => {
    const key = `${versionId} ${page}`
    const source = sources.get(key) ?? { number: sources.size + 1, name: `${name}, page ${page}`, quotes: [] }
    sources.set(key, source)
    return source
  }
  const said = claims.map((claim) => {
    const { number, quotes } = sourceOf(claim)
    quotes.push(claim.quote)
    return `${oneLine(claim.text)} [${number}]`
  })
  const named = [...sources.values()].flatMap(({ number, name, quotes }) =>
    [`[${number}] ${oneLine(name)}`, ...(kind === 'model' ? quotes.map((quote) => `    “${oneLine(quote)}”`) : [])])
  return [...said, '', ...named]
}
