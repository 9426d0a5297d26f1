import type { Zip } from '../../archive/zip.ts'
import { relationsOf } from './package.ts'
import { walkXml } from './xml.ts'
import { kindOfFormat, type NumberKind } from './xlsx-values.ts'

/** `part` is null where the sheet is not in the file. */
export type Sheet = { name: string; hidden: boolean; part: string | null }
export type Book = { sheets: Sheet[]; from1904: boolean; strings: string[]; kinds: NumberKind[] }

/** The first line of a sheet's page: its name, and that people who open the workbook do not see it. */
export const sheetTitle = ({ name, hidden }: { name: string; hidden: boolean }): string => hidden ? `${name} (hidden sheet)` : name

/** Strings that cells share; readings of East Asian words (`rPh`) are left out. */
export function sharedStrings(xml: Buffer): string[] {
  const strings: string[] = []
  let current: string | null = null
  let words = 0
  let readings = 0
  walkXml(xml, {
    open: (name) => {
      if (name === 'si') current = ''
      if (name === 'rPh') readings += 1
      if (name === 't') words += 1
    },
    close: (name) => {
      if (name === 'si') {
        strings.push(current ?? '')
        current = null
      }
      if (name === 'rPh') readings -= 1
      if (name === 't') words -= 1
    },
    text: (text) => {
      if (current !== null && words > 0 && readings === 0) current += text
    },
  })
  return strings
}

/** What the numbers under each cell style mean, by the style's index. */
function stylesOf(xml: Buffer): NumberKind[] {
  const codes = new Map<number, string>()
  const kinds: NumberKind[] = []
  let inCells = false
  walkXml(xml, {
    open: (name, { numFmtId, formatCode }) => {
      if (name === 'numFmt' && formatCode !== undefined) codes.set(Number(numFmtId), formatCode)
      if (name === 'cellXfs') inCells = true
      if (name === 'xf' && inCells) kinds.push(kindOfFormat(Number(numFmtId ?? 0), codes.get(Number(numFmtId))))
    },
    close: (name) => {
      if (name === 'cellXfs') inCells = false
    },
  })
  return kinds
}

/** The workbook: its sheets in their order (hidden ones too), shared strings and styles. */
export function readBook(zip: Zip, main: string): Book {
  const relations = relationsOf(zip, main)
  const byId = new Map(relations.map((relation) => [relation.id, relation.target]))
  const one = (type: string) => relations.find((relation) => relation.type === type && zip.has(relation.target))?.target
  const sheets: Sheet[] = []
  let from1904 = false
  walkXml(zip.read(main), {
    open: (name, attributes) => {
      if (name === 'workbookPr') from1904 = /^(1|true)$/.test(attributes['date1904'] ?? '')
      if (name !== 'sheet') return
      const part = byId.get(attributes['id'] ?? '') ?? ''
      sheets.push({ name: attributes['name'] ?? '', hidden: /hidden/i.test(attributes['state'] ?? ''), part: zip.has(part) ? part : null })
    },
  })
  const strings = one('sharedStrings')
  const styles = one('styles')
  return {
    sheets,
    from1904,
    strings: strings === undefined ? [] : sharedStrings(zip.read(strings)),
    kinds: styles === undefined ? [] : stylesOf(zip.read(styles)),
  }
}
