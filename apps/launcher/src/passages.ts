import type { Hit } from '@intellidocs/contracts'
import picocolors from 'picocolors'

const CONTEXT = 220

/** One hit for people: document, page, and the passage around its first highlighted word, with the words marked. */
export function showHit(hit: Hit, place: number): string {
  const first = hit.highlights[0]?.start ?? 0
  const from = startOfWord(hit.passage, Math.max(0, first - CONTEXT / 3))
  const to = Math.min(hit.passage.length, from + CONTEXT)
  let text = ''
  let at = from
  for (const { start, end } of hit.highlights) {
    if (start < at || end > to) continue
    text += `${plain(hit.passage.slice(at, start))}${picocolors.bold(picocolors.yellow(mark(hit.passage.slice(start, end))))}`
    at = end
  }
  text += plain(hit.passage.slice(at, to))
  return `  ${place}. ${picocolors.bold(hit.name)}, page ${hit.page}\n     ${from > 0 ? '…' : ''}${text}${to < hit.passage.length ? '…' : ''}\n`
}

/** Without colours the words still stand out. */
const mark = (word: string): string => picocolors.isColorSupported ? plain(word) : `[${plain(word)}]`

/** Passages are other people's text: no line breaks and no control characters reach the terminal. */
const plain = (text: string): string => text.replaceAll(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ')

function startOfWord(text: string, at: number): number {
  const space = at === 0 ? -1 : text.lastIndexOf(' ', at)
  return space + 1
}
