import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { UsageError } from '../failure.ts'
import { printHits } from '../hits.ts'
import { findDocument } from '../lookup.ts'
import { count, printable } from '../output.ts'
import { positiveInteger } from '../values.ts'

const MOST_HITS = 50

export const configureSimilar = (command: Command): Command => command
  .description('find documents like one')
  .argument('<document>', 'id or exact name')
  .option('--limit <n>', 'at most so many documents', positiveInteger, 10)

export async function similar(context: CliContext, [name = '']: string[], { limit }: { limit: number }): Promise<Result> {
  if (limit > MOST_HITS) throw new UsageError(`--limit is ${MOST_HITS} at most.`)
  const document = await findDocument(context.client, name)
  const answer = await context.client.api.search.similar.query({ documentId: document.id, limit })
  printHits(context, answer.hits)
  context.out.print(context.out.colors.dim(`${count(answer.hits.length, 'document')} like ${printable(document.name)}`))
  if (answer.degraded) context.out.note(`The answer is incomplete: the part that looks by ${answer.missing.join(' and ')} is away.`)
  return done(answer)
}
