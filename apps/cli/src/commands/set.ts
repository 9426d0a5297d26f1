import { documentsContract, type FieldValue } from '@intellidocs/contracts'
import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { UsageError } from '../failure.ts'
import { findDocument } from '../lookup.ts'
import { formatTable, printable } from '../output.ts'

export const configureSet = (command: Command): Command => command
  .description('set fields of a document')
  .argument('<document>', 'id or exact name')
  .argument('<field=value...>', 'true, false and numbers are such, unless in quotes: \'year="2026"\'; nothing behind = removes the field')

export async function set({ client, out }: CliContext, [name = '', ...assignments]: string[]): Promise<Result> {
  const metadata = Object.fromEntries(assignments.map(fieldOf))
  const { id } = await findDocument(client, name)
  const document = await client.api.documents.setMetadata.mutate({ id, metadata })
  const rows = Object.entries(document.metadata).map(([field, value]) => [field, printable(String(value))])
  for (const line of formatTable(rows)) out.print(line)
  if (rows.length === 0) out.print('No field is set.')
  return done({ document })
}

function fieldOf(assignment: string): [string, FieldValue | null] {
  const [, field, value] = /^([^=]+)=(.*)$/su.exec(assignment) ?? []
  if (!documentsContract.fieldName.safeParse(field).success || field === undefined || value === undefined) {
    throw new UsageError(`"${printable(assignment)}" is not field=value; a field is a lower-case letter, then letters, digits and underscores.`)
  }
  return [field, valueOf(value)]
}

/** More digits than a number keeps, and zeros in front, stay the text that they are. */
const NUMBER = /^-?(0|[1-9]\d{0,14})(\.\d{1,6})?$/

export function valueOf(text: string): FieldValue | null {
  if (text === '') return null
  if (text === 'true' || text === 'false') return text === 'true'
  if (NUMBER.test(text)) return Number(text)
  return text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text
}
