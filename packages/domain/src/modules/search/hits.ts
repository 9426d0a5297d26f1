import type { Hit, OrgId, Span, VersionId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'
import type { Ranked } from './fusion.ts'
import { markable, markWords, wordsToStem, type MarkedWord } from './highlights.ts'
import type { KeywordAnswer } from './legs.ts'
import { boxesOf } from './page-layout.repository.ts'
import { searchRepository } from './search.repository.ts'
import type { FoundPassage, Scope } from './search.types.ts'
import { snippetOf } from './snippet.ts'

/** `place`: from 1, in the whole ranking. */
export type Placed = Ranked & { readonly place: number }

/** A passage as it is shown, with the words of the query in it by their place in the query. */
export type Shown = { readonly hit: Hit; readonly marks: readonly MarkedWord[] }

/** The passages of one page as they are shown, with the words that were found in them marked. */
export async function shownOf(tx: Tx, { orgId, scope, page, keyword }: { orgId: OrgId; scope: Scope; page: readonly Placed[]; keyword: KeywordAnswer }): Promise<Shown[]> {
  if (page.length === 0) return []
  const passages = await searchRepository.passages(tx, scope, { ids: page.map((r) => r.passageId), lexemes: keyword.terms })
  const markings = new Map(passages.map((p) => [p.passageId, { passage: p, words: markable(p.config, p.text) }]))
  const toStem = wordsToStem([...markings.values()].map((m) => m.words), keyword.terms)
  const stems = new Map(toStem.length === 0 ? [] : (await searchRepository.stems(tx, toStem)).map((s) => [`${s.config} ${s.text}`, s.lexemes] as const))
  const marked = page.flatMap((ranked) => {
    const marking = markings.get(ranked.passageId)
    if (marking === undefined) return [] // trashed, unshared or replaced since the legs looked
    return [{ ranked, passage: marking.passage, marks: markWords(marking.words, keyword.terms, stems) }]
  })
  const boxes = await boxesOf(tx, orgId, marked.map(({ passage, marks }) => ({ versionId: passage.versionId as VersionId, page: passage.page, spans: spansOf(passage, marks) })))
  return marked.map(({ ranked, passage, marks }, at) => ({ hit: { ...hitOf(passage, ranked, marks, keyword.words), boxes: boxes[at] ?? [] }, marks }))
}

/** Of the page's text: the words that are marked, or else the passage. */
const spansOf = ({ start, end }: FoundPassage, marks: readonly Span[]): Span[] =>
  marks.length === 0 ? [{ start, end }] : marks.map((mark) => ({ start: start + mark.start, end: start + mark.end }))

/** What is said of a hit follows from its passage, the query and its place. Weights stay inside: they would count what the caller may not read. */
export function hitOf(passage: FoundPassage, ranked: Pick<Placed, 'meaning' | 'inLanguage' | 'place'>, marks: readonly MarkedWord[], words: readonly string[]): Omit<Hit, 'boxes'> {
  return {
    documentId: passage.documentId as Hit['documentId'], versionId: passage.versionId as Hit['versionId'], name: passage.name, version: passage.version,
    page: passage.page, span: { start: passage.start, end: passage.end }, passage: passage.text,
    highlights: marks.map(({ start, end }) => ({ start, end })), snippet: snippetOf(passage.text, marks),
    score: 1 / ranked.place, meaningScore: ranked.meaning,
    why: { words: passage.matched.flatMap((i) => words[i] ?? []), meaning: ranked.meaning !== null && ranked.inLanguage, sentence: false },
  }
}
