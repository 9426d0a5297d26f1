import { readFileSync } from 'node:fs'

/** One row of a manifest: what must happen to a file. Columns as in the corpus' `MANIFEST.tsv`. */
export type Expectation = {
  readonly path: string
  readonly type: 'CONTAINS' | 'OCR_CONTAINS' | 'FUZZY' | 'PASSWORD' | 'FAIL_CLEAN' | 'FAIL_OR_EMPTY' | 'EMPTY_OK' | 'BOUNDED' | 'TYPE_BY_CONTENT'
  /** Substrings that the text must hold; for PASSWORD what follows the password. */
  readonly wanted: readonly string[]
  readonly password: string | null
  /** Largest character error rate, for FUZZY. */
  readonly maxErrorRate: number
}

const unquote = (cell: string): string => (/^".*"$/s.test(cell) ? cell.slice(1, -1).replaceAll('""', '"') : cell)

/** Reads the tab-separated manifest; a quoted cell doubles its quotes. */
export function readManifest(path: string): Map<string, Expectation> {
  const [head = '', ...lines] = readFileSync(path, 'utf8').split(/\r?\n/).filter((line) => line !== '')
  const columns = head.split('\t')
  const rows = lines.map((line) => {
    const cells = line.split('\t').map(unquote)
    const cell = (name: string): string => cells[columns.indexOf(name)] ?? ''
    const parts = cell('expect').split('¦').map((part) => part.trim()).filter((part) => part !== '')
    const password = parts.find((part) => part.startsWith('pw='))?.slice(3) ?? null
    return {
      path: cell('path'),
      type: cell('expect_type') as Expectation['type'],
      wanted: parts.filter((part) => !part.startsWith('pw=')),
      password: password === '?' ? null : password,
      maxErrorRate: Number(/CER <= ([0-9.]+)/.exec(cell('special'))?.[1] ?? 0),
    } satisfies Expectation
  })
  return new Map(rows.map((row) => [row.path, row]))
}
