import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { explainSentences } from '../explanation.ts'
import { findDocument } from '../lookup.ts'
import { findUserId, principalNames } from '../lookup-people.ts'
import { printable } from '../output.ts'

export const configureExplain = (command: Command): Command => command
  .description('say why somebody sees a document, or why not; for those who manage it')
  .argument('<document>', 'id or exact name')
  .argument('<user>', 'address, name or id')

export async function explain({ client, out }: CliContext, [named = '', user = '']: string[]): Promise<Result> {
  const { id: documentId, name } = await findDocument(client, named)
  const userId = await findUserId(client, user)
  const { level, reasons } = await client.api.documents.grants.explain.query({ documentId, userId })
  const nameOf = await principalNames(client)
  const sentences = explainSentences({ who: printable(user), what: printable(name), level, reasons, nameOf })
  for (const sentence of sentences) out.print(sentence)
  return done({ documentId, userId, level, reasons, sentences })
}
