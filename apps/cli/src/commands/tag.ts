import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { UsageError } from '../failure.ts'
import { findDocument, listAll } from '../lookup.ts'
import { count, formatTable, printable } from '../output.ts'

export const configureTag = (command: Command): Command => command
  .description('tag a document, or take tags off it')
  .argument('<document>', 'id or exact name')
  .argument('<change...>', '+word adds it, -word takes it off; "+to pay" with a blank')
  // `-word` is a word and no option, -h among them.
  .allowUnknownOption()
  .helpOption('--help', 'display help for command')

export async function tag({ client, out }: CliContext, [name = '', ...changes]: string[]): Promise<Result> {
  const wrong = changes.find((change) => !/^[+-][^+-]/u.test(change))
  if (wrong !== undefined) throw new UsageError(`"${printable(wrong)}" is neither +word nor -word.`)
  const words = (sign: '+' | '-'): string[] => changes.filter((change) => change.startsWith(sign)).map((change) => change.slice(1))
  const [added, removed] = [words('+'), words('-')]
  let document = await findDocument(client, name)
  if (removed.length > 0) document = await client.api.documents.tags.remove.mutate({ id: document.id, tags: removed })
  if (added.length > 0) document = await client.api.documents.tags.add.mutate({ id: document.id, tags: added })
  out.print(`${printable(document.name)} has ${document.tags.length === 0 ? 'no tags' : document.tags.map(printable).join(', ')} now.`)
  return done({ document })
}

export const configureTags = (command: Command): Command => command.description('the tags of the documents you may see, with how many these are')

export async function tags({ client, out }: CliContext): Promise<Result> {
  const found = await listAll((page) => client.api.documents.tags.list.query(page))
  for (const line of formatTable(found.map(({ tag: word, documents }) => [count(documents, 'document'), printable(word)]))) out.print(line)
  if (found.length === 0) out.print('Nothing is tagged. Tag a document with "intellidocs tag DOCUMENT +word".')
  return done({ tags: found })
}
