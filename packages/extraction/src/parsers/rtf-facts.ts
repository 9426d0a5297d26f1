import type { RawFacts } from '../text/facts.ts'
import { rtfToText } from './rtf-text.ts'

/** What a file says of itself stands at its beginning; further in, the same words are text. */
const headBytes = 262_144

/** What stands between the braces of the first group that begins with this word. */
function groupOf(source: string, word: string): string | undefined {
  const begin = new RegExp(`\\{(?:\\\\\\*)?\\\\${word}(?![a-zA-Z])`).exec(source)
  if (begin === null) return undefined
  const from = begin.index + begin[0].length
  const braces = /\\[^]|[{}]/g
  braces.lastIndex = from
  let depth = 1
  for (let brace = braces.exec(source); brace !== null; brace = braces.exec(source)) {
    if (brace[0] === '{') depth += 1
    if (brace[0] === '}' && (depth -= 1) === 0) return source.slice(from, brace.index)
  }
  return undefined
}

/** A moment of the writer's clock, which says no zone. */
function momentOf(group: string | undefined): string | undefined {
  const part = (word: string, digits = 2): string => String(Number(new RegExp(`\\\\${word}(\\d{1,4})`).exec(group ?? '')?.[1] ?? 0)).padStart(digits, '0')
  return group === undefined ? undefined : `${part('yr', 4)}-${part('mo')}-${part('dy')}T${part('hr')}:${part('min')}:${part('sec')}`
}

/** Title, author and times of the group `info` (Rich Text Format 1.9.1). */
export function rtfFacts(bytes: Buffer): RawFacts {
  const head = bytes.toString('latin1', 0, headBytes)
  const info = groupOf(head, 'info')
  if (info === undefined) return {}
  const codePage = /\\ansicpg\d{1,5}/.exec(head)?.[0] ?? ''
  const words = (word: string): string | undefined => {
    const group = groupOf(info, word)
    return group === undefined ? undefined : rtfToText(Buffer.from(`{\\rtf1${codePage} ${group}}`, 'latin1'))
  }
  return { title: words('title'), author: words('author'), createdAt: momentOf(groupOf(info, 'creatim')), modifiedAt: momentOf(groupOf(info, 'revtim')) }
}
