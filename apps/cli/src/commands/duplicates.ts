import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { findDocument } from '../lookup.ts'
import { formatTable, printable } from '../output.ts'

export const configureDuplicates = (command: Command): Command => command
  .description('other documents of the same bytes, or of nearly the same text')
  .argument('<document>', 'id or exact name')

export async function duplicates({ client, out }: CliContext, [name = '']: string[]): Promise<Result> {
  const { id } = await findDocument(client, name)
  const found = await client.api.documents.duplicates.query({ id })
  const rows = [
    ...found.exact.map((one) => ['the same bytes', printable(one.name), one.id]), ...found.near.map((one) => [`${Math.round(one.similarity * 100)} % alike`, printable(one.name), one.id]),
  ]
  for (const line of formatTable(rows)) out.print(line)
  if (rows.length === 0) out.print('There is none among the documents you may see.')
  if (!found.comparable) out.print('Its text is too short, or not read yet, to be compared with others; only bytes were.')
  return done(found)
}
