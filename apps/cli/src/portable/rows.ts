import type { OrgTable, Row } from '@intellidocs/db'
import { CommandError } from '../failure.ts'

/** One line of a file of rows: each value as Postgres writes it, by the name of its column. */
export type Line = Readonly<Record<string, string | null>>
export type Columns = Pick<OrgTable, 'name' | 'columns'>

export const toLine = ({ columns }: Columns, row: Row): Line =>
  Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null]))

/**
 * The values of a line in the order of the table's columns.
 * @throws CommandError for a line that is not one of the table, or that belongs to another organization
 */
export function toRow(table: Columns, line: unknown, orgId: string): Row {
  const { name, columns } = table
  if (typeof line !== 'object' || line === null || Object.keys(line).length !== columns.length) throw strange(name)
  const values = line as Record<string, unknown>
  const row = columns.map((column) => {
    const value = Object.hasOwn(values, column.name) ? values[column.name] : undefined
    if (value !== null && typeof value !== 'string') throw strange(name)
    return value
  })
  const owner = name === 'org' ? values['id'] : values['org_id']
  if (name !== 'user_account' && owner !== orgId) throw new CommandError(`${name}: a row belongs to another organization (${String(owner)}).`)
  return row
}

const strange = (table: string): CommandError => new CommandError(`${table}: a line is not a row of this table.`)

/** How a difference names a row: `id=…`, or all columns of its key. */
export const nameOf = ({ key }: Pick<OrgTable, 'key'>, line: Line): string => key.map((name) => `${name}=${line[name] ?? ''}`).join(' ')
