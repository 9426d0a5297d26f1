import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { findDocument } from '../lookup.ts'
import { printable } from '../output.ts'

type Options = { purge?: boolean }

export const configureRm = (command: Command): Command => command
  .description('put documents into the trash')
  .argument('<document...>', 'ids or exact names')
  .option('--purge', 'for good: rows, text and bytes; also of what is in the trash already')

export async function rm(context: CliContext, names: string[], options: Options): Promise<Result> {
  const { client, out } = context
  const removed: { id: string; name: string; purged: boolean }[] = []
  for (const name of names) {
    const document = await findDocument(client, name, options.purge ? 'either' : 'active')
    if (document.lifecycle === 'active') await client.api.documents.trash.mutate({ id: document.id })
    if (options.purge) await client.api.documents.purge.mutate({ id: document.id })
    removed.push({ id: document.id, name: document.name, purged: options.purge === true })
    out.print(`${options.purge ? 'removed for good' : 'in the trash'}: ${printable(document.name)}  ${out.colors.dim(document.id)}`)
  }
  return done({ removed })
}
