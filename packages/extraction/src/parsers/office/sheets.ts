import type { WarningReason } from '@intellidocs/contracts'
import { ExtractionError } from '../../errors.ts'
import { joinLines } from '../../text/clean.ts'
import type { ParserInput } from '../parser.types.ts'
import { sheetTitle } from './xlsx-book.ts'

/** What a cell shows whose formula came to nothing, by its number ([MS-XLS] 2.5.10). */
const errors: Readonly<Record<number, string>> = { 0: '#NULL!', 7: '#DIV/0!', 15: '#VALUE!', 23: '#REF!', 29: '#NAME?', 36: '#NUM!', 42: '#N/A', 43: '#GETTING_DATA' }

export const errorText = (value: number): string => errors[value] ?? '#N/A'
export const truthText = (value: number): string => (value === 0 ? 'FALSE' : 'TRUE')

/** The text of a cell on one line. */
export const cellLine = (text: string): string => joinLines(text).trim()

/**
 * A page a sheet: its name, its rows, and what stands beside them, as `textsOf` gives them; null of a sheet that is not in the file, whose page is unread.
 *
 * @throws ExtractionError `corrupt` (no sheet), `empty` (no cell holds anything)
 */
export function emitSheets<Sheet extends { name: string; hidden: boolean }>(input: ParserInput, sheets: readonly Sheet[], textsOf: (sheet: Sheet) => string[] | null): void {
  if (sheets.length === 0) throw new ExtractionError('corrupt', 'the workbook names no sheet', { mime: input.mime })
  input.total(sheets.length)
  let [hasWords, isWhole] = [false, true]
  for (const sheet of sheets) {
    const texts = textsOf(sheet)?.filter((text) => text !== '')
    if (texts === undefined) {
      isWhole = false
      input.page('', { warnings: ['corrupt'] })
      continue
    }
    hasWords ||= texts.length > 0
    const warnings: WarningReason[] = sheet.hidden ? ['hidden_sheet'] : []
    input.page([sheetTitle(sheet), ...texts].filter((text) => text !== '').join('\n'), { warnings })
  }
  if (!hasWords && !isWhole) throw new ExtractionError('corrupt', 'sheets of the workbook are missing', { mime: input.mime })
  if (!hasWords) throw new ExtractionError('empty', 'no cell holds anything', { mime: input.mime })
}
