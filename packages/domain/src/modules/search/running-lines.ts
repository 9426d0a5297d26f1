import type { Chunk } from './chunking.ts'

type PageText = { readonly number: number; readonly text: string }
type Line = Chunk & { readonly keys: readonly string[] }

/** Lines at the top and at the bottom of a page that may be running ones, and how long these are at most. */
const [EDGE, LONGEST] = [2, 120]
/** Of pages that are looked at together: on so many, and on such a part of them, a line stands again. */
const [FEWEST, PART] = [3, 0.25]

/**
 * What of printed pages is their own: without headers, footers and page numbers that others of these pages bear as well. The first page that bears one keeps it, so that its
 * words are found, and a page of nothing else keeps all.
 */
export function ownParts(pages: readonly PageText[]): Chunk[] {
  const edges = pages.map((page) => edgesOf(page))
  const running = (['top', 'bottom'] as const).map((edge) => repeated(edges.map((of) => of[edge]), pages.length))
  return pages.map(({ text }, at) => {
    const [top, bottom] = [edges[at]?.top ?? [], edges[at]?.bottom ?? []]
    const isRunning = (edge: 0 | 1) => ({ keys }: Line) => keys.some((key) => (running[edge]?.get(key) ?? at) < at)
    const before = top.findIndex((line) => !isRunning(0)(line))
    const start = before === -1 ? (top.at(-1)?.end ?? 0) : (top[before]?.start ?? 0)
    const after = bottom.findIndex((line) => !isRunning(1)(line))
    const end = after === -1 ? (bottom.at(-1)?.start ?? text.length) : (bottom[after]?.end ?? text.length)
    return end > start && text.slice(start, end).trim() !== '' ? { start, end } : { start: 0, end: text.length }
  })
}

/** The lines at both edges that are not empty, from the edge inwards. */
function edgesOf({ number, text }: PageText): { top: Line[]; bottom: Line[] } {
  const [top, bottom]: [Line[], Line[]] = [[], []]
  for (let start = 0; start < text.length && top.length < EDGE;) {
    const feed = text.indexOf('\n', start)
    const end = feed === -1 ? text.length : feed
    if (text.slice(start, end).trim() !== '') top.push({ start, end, keys: keysOf(text.slice(start, end), number) })
    start = end + 1
  }
  for (let end = text.length; end > 0 && bottom.length < EDGE;) {
    const start = text.lastIndexOf('\n', end - 1) + 1
    if (text.slice(start, end).trim() !== '') bottom.push({ start, end, keys: keysOf(text.slice(start, end), number) })
    end = start - 1
  }
  return { top, bottom }
}

/** By which a line is the same on another page: as it is, or with a number that counts the pages. Any other number tells pages apart. */
function keysOf(line: string, page: number): string[] {
  const words = line.trim().replace(/\s+/g, ' ')
  if (words.length > LONGEST || line.includes('\t')) return []
  const numbers = [...words.matchAll(/\d{1,6}/g)]
  const counting = [numbers[0], numbers.at(-1)].flatMap((found) => (found === undefined ? []
    : [`${words.slice(0, found.index)}\u0000${Number(found[0]) - page}\u0000${words.slice(found.index + found[0].length)}`]))
  return [...new Set([words, ...counting])]
}

/** Keys that stand on enough pages, each with the first of them. */
function repeated(edges: readonly (readonly Line[])[], pages: number): Map<string, number> {
  const on = new Map<string, number[]>()
  for (const [at, lines] of edges.entries()) {
    for (const key of new Set(lines.flatMap(({ keys }) => keys))) on.set(key, [...on.get(key) ?? [], at])
  }
  const enough = Math.max(FEWEST, pages * PART)
  return new Map([...on].flatMap(([key, found]) => (found.length >= enough ? [[key, found[0] ?? 0]] : [])))
}
