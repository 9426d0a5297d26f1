import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

export type CorpusDocument = { readonly id: string; readonly title: string; readonly text: string }
export type Corpus = {
  readonly name: string
  readonly documents: readonly CorpusDocument[]
  readonly queries: readonly { readonly id: string; readonly text: string }[]
  /** Query id -> document id -> grade; 0 is judged and not relevant. */
  readonly relevance: ReadonlyMap<string, ReadonlyMap<string, number>>
}

type Line = { readonly id: string | number; readonly title?: string; readonly text?: string }

/** Reads `docs.jsonl` {id,title,text}, `queries.jsonl` {id,text} and `qrels.tsv` (qid, docid, rel; a header line is skipped). */
export function readCorpus(folder: string): Corpus {
  for (const file of ['docs.jsonl', 'queries.jsonl', 'qrels.tsv']) {
    if (!existsSync(join(folder, file))) throw new Error(`${folder} is not a corpus: ${file} is missing`)
  }
  const lines = (file: string): string[] => readFileSync(join(folder, file), 'utf8').split('\n').filter((line) => line.trim() !== '')
  const parsed = (file: string): Line[] => lines(file).map((line) => JSON.parse(line) as Line)
  const relevance = new Map<string, Map<string, number>>()
  for (const line of lines('qrels.tsv')) {
    const [query, document, grade] = line.split(/\s+/)
    if (query === undefined || document === undefined || grade === undefined || !/^-?\d+$/.test(grade)) continue
    relevance.set(query, (relevance.get(query) ?? new Map<string, number>()).set(document, Number(grade)))
  }
  return {
    name: basename(folder), relevance,
    documents: parsed('docs.jsonl').map((d) => ({ id: String(d.id), title: d.title ?? '', text: d.text ?? '' })),
    queries: parsed('queries.jsonl').map((q) => ({ id: String(q.id), text: q.text ?? '' })),
  }
}

/** The file a document is sent as, and back: the name is how a hit is told apart. */
export const fileNameOf = (id: string): string => `${encodeURIComponent(id)}.txt`
export const idOf = (fileName: string): string => decodeURIComponent(fileName.replace(/\.txt$/, ''))
