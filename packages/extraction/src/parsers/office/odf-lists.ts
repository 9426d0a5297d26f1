import { bulletOf, longestMark, numeral, type NumberFormat } from '../../text/list-numbers.ts'
import { walkXml } from './xml.ts'

/** `format` null: a bullet, `text`. Else `text` has the number of level n at `%n%`; '' where levels are joined by points, as many as `shows`. */
type Level = { format: NumberFormat | null; text: string; prefix: string; suffix: string; shows: number; start: number }
type Styles = ReadonlyMap<string, ReadonlyMap<number, Level>>

type OpenList = { style: string | null; id: string; count: number; start: number | null; isMarked: boolean }

/** Follows the lists of an OpenDocument part as they open and close, and tells the mark of each entry, '' for what has none. */
export type OdfLists = {
  open(name: string, attributes: Record<string, string>): void
  close(name: string): void
  /** Of the paragraph that begins now: the first of an entry has one. */
  mark(): string
}

const formats: Readonly<Record<string, NumberFormat>> = { 1: 'decimal', a: 'lowerLetter', A: 'upperLetter', i: 'lowerRoman', I: 'upperRoman' }

/** The styles of lists of an OpenDocument file ([ODF] 1.3, 16.30), which stand in its content and beside it. */
export function odfListStyles(parts: readonly Buffer[]): Styles {
  const styles = new Map<string, Map<number, Level>>()
  for (const part of parts) {
    let levels: Map<number, Level> | null = null
    walkXml(part, {
      open: (name, attributes) => {
        if (name === 'list-style') styles.set(attributes['name'] ?? '', levels = new Map())
        else if (levels !== null && name.startsWith('list-level-style-')) levels.set(Number(attributes['level']) || 1, levelOf(name, attributes))
      },
      close: (name) => { if (name === 'list-style') levels = null },
    })
  }
  return styles
}

function levelOf(name: string, attributes: Record<string, string>): Level {
  const counts = name === 'list-level-style-number'
  const [format, text] = counts ? [formats[attributes['num-format'] ?? ''] ?? null, attributes['num-list-format'] ?? ''] : [null, bulletOf(attributes['bullet-char'] ?? '')]
  return {
    // A number without a format is not shown.
    format, text: counts && format === null ? '' : text, prefix: attributes['num-prefix'] ?? '', suffix: attributes['num-suffix'] ?? '',
    shows: Number(attributes['display-levels']) || 1, start: Math.trunc(Number(attributes['start-value'] ?? 1)) || 0,
  }
}

/** Counts from the beginning of a part. */
export function createOdfLists(styles: Styles): OdfLists {
  const open: OpenList[] = []
  /** Where lists that are closed stopped: by their name, and by their style and depth. */
  const last = new Map<string, number>()
  const levelAt = (depth: number): Level | undefined => styles.get(open[depth]?.style ?? '')?.get(depth + 1)
  const placeOf = (list: OpenList | undefined, depth: number) => `${depth} ${list?.style}`

  const begin = (attributes: Record<string, string>): void => {
    const list: OpenList = { style: attributes['style-name'] ?? open.at(-1)?.style ?? null, id: attributes['id'] ?? '', count: 0, start: null, isMarked: true }
    open.push(list)
    const before = attributes['continue-list'] ?? (attributes['continue-numbering'] === 'true' ? placeOf(list, open.length - 1) : undefined)
    list.count = last.get(before ?? '') ?? (levelAt(open.length - 1)?.start ?? 1) - 1
  }
  const end = (): void => {
    const list = open.pop()
    if (list === undefined) return
    if (list.id !== '') last.set(list.id, list.count)
    last.set(placeOf(list, open.length), list.count)
  }
  const shown = (depth: number): string => numeral(levelAt(depth)?.format ?? 'decimal', open[depth]?.count ?? 1)

  return {
    open(name, attributes) {
      const list = open.at(-1)
      if (name === 'list') begin(attributes)
      else if (list === undefined) return
      else if (name === 'list-item') {
        list.isMarked = false
        list.start = attributes['start-value'] === undefined ? null : Math.trunc(Number(attributes['start-value'])) || 0
      } else if (name === 'list-header') list.isMarked = true
    },
    close: (name) => { if (name === 'list') end() },
    mark() {
      const depth = open.length - 1
      const list = open[depth]
      const level = levelAt(depth)
      if (list === undefined || list.isMarked) return ''
      list.isMarked = true
      list.count = list.start ?? list.count + 1
      if (level === undefined || level.format === null) return level?.text ?? ''
      const first = Math.max(0, depth + 1 - level.shows)
      const numbers = Array.from({ length: depth + 1 - first }, (_, at) => shown(first + at)).join('.')
      const mark = level.text === '' ? `${level.prefix}${numbers}${level.suffix}` : level.text.replace(/%(\d{1,2})%/g, (_, of: string) => shown(Number(of) - 1))
      return mark.trim().slice(0, longestMark).toWellFormed()
    },
  }
}
