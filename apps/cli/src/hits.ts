import type { Facets, Hit } from '@intellidocs/contracts'
import type { CliContext } from './context.ts'
import { formatTable, oneLine, printable } from './output.ts'

/** Each hit: its name and page, what of the passage shows the words, and why it was found. */
export function printHits({ out }: Pick<CliContext, 'out'>, hits: readonly Hit[]): void {
  for (const [at, hit] of hits.entries()) {
    out.print(`${at + 1}. ${out.colors.bold(printable(hit.name))}, page ${hit.page}`)
    const text = highlighted(hit, (words) => out.colors.yellow(out.colors.bold(words)))
    if (text !== '') out.print(`   ${text}`)
    const why = whyFound(hit)
    if (why !== '') out.print(`   ${out.colors.dim(why)}`)
    out.print()
  }
}

/** `found by: storm, quay; by meaning`, or nothing where nothing was looked for. */
export function whyFound({ why }: Pick<Hit, 'why'>): string {
  const by = [
    ...(why.words.length > 0 ? [why.words.map(printable).join(', ')] : []),
    ...(why.meaning ? [why.sentence ? 'meaning, nearest in the marked sentence' : 'meaning'] : []),
  ]
  return by.length === 0 ? '' : `found by ${by.join('; and by ')}`
}

/** The snippet on one line, found words marked. Cut before marking, so that no mark is cut. */
export function highlighted({ passage, highlights, snippet }: Pick<Hit, 'passage' | 'highlights' | 'snippet'>, mark: (words: string) => string): string {
  let [text, at] = ['', snippet.start]
  for (const { start, end } of highlights) {
    if (start < at || start >= snippet.end) continue
    const to = Math.min(end, snippet.end)
    text += oneLine(passage.slice(at, start)) + mark(oneLine(passage.slice(start, to)))
    at = to
  }
  return `${snippet.start > 0 ? '… ' : ''}${text}${oneLine(passage.slice(at, snippet.end))}${snippet.end < passage.length ? ' …' : ''}`
}

/** A line a facet: `type  pdf 12, document 3`. */
export function facetLines(facets: Facets | null): string[] {
  const lines = Object.entries(facets?.counts ?? {}).flatMap(([facet, values]) => (values.length === 0 ? []
    : [[facet, values.map(({ value, label, documents }) => `${printable(label ?? value)} ${documents}`).join(', ')]]))
  return facets === null ? [] : [...formatTable(lines), ...(facets.more ? [`counted of the first ${facets.documents} documents`] : [])]
}
