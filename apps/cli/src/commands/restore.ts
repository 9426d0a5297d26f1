import type { Command } from 'commander'
import type { Document } from '@intellidocs/contracts'
import { done, type CliContext, type Result } from '../context.ts'
import { findDocument } from '../lookup.ts'
import { printable } from '../output.ts'

export const configureRestore = (command: Command): Command => command
  .description('take documents out of the trash')
  .argument('<document...>', 'ids or exact names')

export async function restore(context: CliContext, names: string[]): Promise<Result> {
  const restored: Document[] = []
  for (const name of names) {
    const { id } = await findDocument(context.client, name, 'trashed')
    const document = await context.client.api.documents.restore.mutate({ id })
    restored.push(document)
    context.out.print(`restored: ${printable(document.name)}  ${context.out.colors.dim(id)}`)
  }
  return done({ restored })
}
