import type { Answer, Claim } from '@intellidocs/contracts'
import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { findFolder } from '../lookup.ts'
import { oneLine } from '../output.ts'

export const configureAsk = (command: Command): Command => command
  .description('answer a question from your documents, with numbered sources')
  .argument('<question...>', 'what you want to know')
  .option('--folder <folder>', 'only from this folder and below')

export async function ask(context: CliContext, words: string[], options: { folder?: string }): Promise<Result> {
  const { client, out } = context
  const filters = options.folder === undefined ? {} : { folderId: await findFolder(client, options.folder) }
  const question = { question: words.join(' '), filters }
  const printer = createAnswerPrinter(out.print)
  const answer = (out.interactive ? await heard(context, question, printer.claim) : null) ?? await client.api.search.ask.query(question)
  printer.end(answer)
  if (answer.missing.includes('model')) out.note('The model that writes answers is away, or proved nothing of what it said.')
  const legs = answer.missing.filter((part) => part !== 'model')
  if (legs.length > 0) out.note(`The answer may be incomplete: the part that looks by ${legs.join(' and ')} is away.`)
  return done(answer)
}

/** For the server to take the question; what it does then may take a minute. */
const STARTED_WITHIN_MS = 3_000

type Question = Parameters<CliContext['client']['api']['search']['ask']['query']>[0]

/** A model may write for a minute: whoever sits there reads each claim as soon as it is proved. Null: there is no way for it, as where no websocket comes through. */
async function heard({ client, out, signal }: CliContext, question: Question, onClaim: (claim: Claim) => void): Promise<Answer | null> {
  signal.throwIfAborted()
  const answered = Promise.withResolvers<Answer | null>()
  out.note(out.colors.dim('Looking for an answer …'))
  // The websocket would be tried for ever; by the other way it is told at once what is wrong.
  const giveUp = (): void => { answered.resolve(null) }
  const late = setTimeout(giveUp, STARTED_WITHIN_MS)
  let begun = false
  const subscription = client.api.search.askStream.subscribe(question, {
    onStarted: () => {
      begun = true
      clearTimeout(late)
    },
    onConnectionStateChange: ({ error }) => { if (error !== null && !begun) giveUp() },
    onData: (item) => { if ('claim' in item) onClaim(item.claim); else answered.resolve(item.answer) },
    onError: answered.reject,
    onComplete: () => { answered.reject(new Error('the answer ended before its end')) },
  })
  const stop = (): void => { answered.reject(signal.reason) }
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await answered.promise
  } finally {
    clearTimeout(late)
    signal.removeEventListener('abort', stop)
    subscription.unsubscribe()
  }
}

type Source = { readonly number: number; readonly name: string; readonly quotes: string[] }
type AnswerPrinter = {
  /** Said once, with the number of its source: a connection that broke hears claims anew, a model's perhaps in other words. */
  claim(claim: Claim): void
  /** What was not said yet, then the sources: a page each, with what was quoted of it unless the claims are the quotes. Of what was said and does not hold any more, that. */
  end(answer: Pick<Answer, 'kind' | 'claims'>): void
}

export function createAnswerPrinter(print: (line?: string) => void): AnswerPrinter {
  const said = new Set<string>()
  const sources = new Map<string, Source>()
  const sourceOf = ({ versionId, page, name }: Claim): Source => {
    const key = `${versionId} ${page}`
    const source = sources.get(key) ?? { number: sources.size + 1, name: `${name}, page ${page}`, quotes: [] }
    sources.set(key, source)
    return source
  }
  const claim = (one: Claim): void => {
    const { number } = sourceOf(one)
    const line = `${oneLine(one.text)} [${number}]`
    if (!said.has(line)) print(line)
    said.add(line)
  }
  return {
    claim,
    end({ kind, claims }) {
      for (const one of claims) {
        claim(one)
        sourceOf(one).quotes.push(one.quote)
      }
      if (said.size === 0) return print('Nothing that you may read answers this.')
      print()
      for (const { number, name, quotes } of sources.values()) {
        print(quotes.length === 0 ? `[${number}] is not part of the answer any more.` : `[${number}] ${oneLine(name)}`)
        if (kind === 'model') for (const quote of quotes) print(`    “${oneLine(quote)}”`)
      }
    },
  }
}
