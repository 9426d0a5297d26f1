import type { Zip } from '../../archive/zip.ts'
import { bulletOf, longestMark, numeral, type NumberFormat } from '../../text/list-numbers.ts'
import { partsOf } from './package.ts'
import { walkXml } from './xml.ts'

type Level = { start: number; format: string; text: string; restarts: boolean; style: string | null; figures: boolean }
type Levels = Map<number, Level>
/** `list` counts; several may count the same `of`. `starts`: at its first use a level begins again with this number. */
type List = { of: string; own: Levels; starts: Map<number, number> }
type Style = { name: string; basedOn: string | null; list: string | null; level: number | null }

/** What a paragraph says of the list it is in, as the file has it. */
export type ListedParagraph = { style: string | null; list: string | null; level: number | null }

/** Tells the marks of paragraphs, which it has to be asked for in their order: it counts. '' where a paragraph is in no list. */
type ListMarks = (paragraph: ListedParagraph) => string

export type WordLists = { abstract: Map<string, Levels>; lists: Map<string, List>; styles: Map<string, Style> }

const formats: Readonly<Record<string, NumberFormat>> = {
  decimalZero: 'decimalZero', lowerLetter: 'lowerLetter', upperLetter: 'upperLetter', lowerRoman: 'lowerRoman', upperRoman: 'upperRoman',
}
const mostStyles = 10

/** How the lists of a Word file are marked, and which styles of paragraphs are in one and which are of headings ([ECMA-376] part 1, 17.7 and 17.9). */
export function wordLists(zip: Zip, main: string): WordLists {
  const found: WordLists = { abstract: new Map(), lists: new Map(), styles: new Map() }
  for (const part of partsOf(zip, main, ['numbering'])) readNumbering(zip.read(part), found)
  for (const part of partsOf(zip, main, ['styles'])) readStyles(zip.read(part), found)
  return found
}

const numberIn = (value: string | undefined): number => Math.trunc(Number(value ?? 0)) || 0

function readNumbering(xml: Buffer, { abstract, lists }: WordLists): void {
  let levels: Levels = new Map()
  let list: List | null = null
  let [number, level]: [number, Level | null] = [0, null]
  walkXml(xml, {
    open: (name, attributes) => {
      const value = attributes['val']
      if (name === 'abstractNum') abstract.set(attributes['abstractNumId'] ?? '', levels = new Map())
      else if (name === 'num') lists.set(attributes['numId'] ?? '', list = { of: '', own: levels = new Map(), starts: new Map() })
      else if (name === 'abstractNumId' && list !== null) list.of = value ?? ''
      else if (name === 'lvlOverride') number = numberIn(attributes['ilvl'])
      else if (name === 'startOverride') list?.starts.set(number, numberIn(value))
      else if (name === 'lvl') levels.set(numberIn(attributes['ilvl']), level = { start: 0, format: 'decimal', text: '', restarts: true, style: null, figures: false })
      else if (level === null) return
      else if (name === 'start') level.start = numberIn(value)
      else if (name === 'numFmt') level.format = value ?? 'decimal'
      else if (name === 'lvlText') level.text = value ?? ''
      else if (name === 'lvlRestart') level.restarts = value !== '0'
      else if (name === 'pStyle') level.style = value ?? null
      else if (name === 'isLgl') level.figures = value !== '0' && value !== 'false'
    },
    close: (name) => {
      if (name === 'lvl') level = null
      if (name === 'num') list = null
    },
  })
}

function readStyles(xml: Buffer, { styles }: WordLists): void {
  let style: Style | null = null
  walkXml(xml, {
    open: (name, attributes) => {
      if (name === 'style') styles.set(attributes['styleId'] ?? '', style = { name: '', basedOn: null, list: null, level: null })
      else if (style === null) return
      else if (name === 'name') style.name = attributes['val'] ?? ''
      else if (name === 'basedOn') style.basedOn = attributes['val'] ?? null
      else if (name === 'numId') style.list = attributes['val'] ?? null
      else if (name === 'ilvl') style.level = numberIn(attributes['val'])
    },
  })
}

/** Counts from the beginning, as each part of a file does. */
export function listMarks({ abstract, lists, styles }: WordLists): ListMarks {
  const counts = new Map<string, Map<number, number>>()
  const begun = new Set<string>()
  return (paragraph) => {
    const asked = placeOf(paragraph, styles)
    const list = lists.get(asked.list ?? '')
    if (list === undefined) return ''
    const levelOf = (level: number) => list.own.get(level) ?? abstract.get(list.of)?.get(level)
    const linked = [...abstract.get(list.of) ?? []].find(([, { style }]) => style !== null && style === asked.style)?.[0]
    const at = Math.min(8, Math.max(0, asked.level ?? linked ?? 0))
    const level = levelOf(at)
    if (level === undefined || level.format === 'none') return ''
    if (level.format === 'bullet') return bulletOf(level.text)
    const count = counts.get(list.of) ?? new Map<number, number>()
    const again = begun.has(`${asked.list} ${at}`) ? undefined : list.starts.get(at)
    begun.add(`${asked.list} ${at}`)
    const before = count.get(at)
    count.set(at, again ?? (before === undefined ? level.start : before + 1))
    for (const deeper of count.keys()) if (deeper > at && levelOf(deeper)?.restarts !== false) count.delete(deeper)
    counts.set(list.of, count)
    const shown = (of: number) => {
      const { start = 1, format = 'decimal' } = levelOf(of) ?? {}
      return numeral(level.figures ? 'decimal' : formats[format] ?? 'decimal', count.get(of) ?? start)
    }
    return level.text.replace(/%([1-9])/g, (_, of: string) => shown(Number(of) - 1)).trim().slice(0, longestMark).toWellFormed()
  }
}

/** Names of the styles of headings, which are the same in every language: only their ids are not. */
const headingName = /^(heading [1-9]|title|subtitle)$/i
/** Ids of them, for files that do not say what their styles are called. */
const headingId = /^(heading|title|subtitle|.{0,2}berschrift|titel|t.{0,2}tulo|titre)\s*\d?$/i

/** Whether a style is one of headings, or based on one. */
export function isHeadingStyle(style: string | null, { styles }: WordLists): boolean {
  let id = style
  for (let depth = 0; id !== null && depth < mostStyles; depth += 1) {
    const known = styles.get(id)
    if (headingId.test(id) || headingName.test(known?.name ?? '')) return true
    id = known?.basedOn ?? null
  }
  return false
}

/** A paragraph's own word, else that of its style or of those it is based on. */
function placeOf(paragraph: ListedParagraph, styles: WordLists['styles']): ListedParagraph {
  let { list, level } = paragraph
  let name = paragraph.style
  let from = name
  for (let depth = 0; list === null && name !== null && depth < mostStyles; depth += 1) {
    const style = styles.get(name)
    list = style?.list ?? null
    level ??= style?.level ?? null
    from = name
    name = style?.basedOn ?? null
  }
  return { list, level, style: from }
}
