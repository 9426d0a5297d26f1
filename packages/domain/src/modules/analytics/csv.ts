export type Cell = string | number | null
export type Table = { readonly columns: readonly string[]; readonly rows: readonly (readonly Cell[])[] }

/** What a spreadsheet would take for a formula begins with an apostrophe; numbers are numbers, below nought as well. */
const harmless = (cell: Cell): string => (typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : String(cell ?? ''))
const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** RFC 4180, with the names of the columns first. */
export const csvOf = ({ columns, rows }: Table): string => [columns, ...rows].map((row) => `${row.map((cell) => quoted(harmless(cell))).join(',')}\r\n`).join('')

/** One row for each of these, their fields as columns. */
export function tableOf<T extends Readonly<Record<string, Cell>>>(columns: readonly (keyof T & string)[], items: readonly T[]): Table {
  return { columns, rows: items.map((item) => columns.map((column) => item[column] ?? null)) }
}
