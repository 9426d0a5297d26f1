import type { Expectation } from './manifest.ts'

/** What became of a file, as the API tells it. `text` is all pages joined. */
export type Outcome = {
  readonly state: string
  readonly reason: string | null
  readonly text: string
  readonly pages: number
  readonly ocrPages: number
  /** For a locked file: how it ended after its password was given. */
  readonly unlocked: { readonly state: string; readonly text: string } | null
}

/** Comparison form of the corpus: NFKC, lower case, straight quotes, single spaces. */
export function comparable(text: string): string {
  const straight = text.normalize('NFKC').toLowerCase().replace(/[\u2018\u2019\u201a\u2032]/g, '\'').replace(/[\u201c\u201d\u201e\u2033]/g, '"')
  return straight.replace(/\s+/g, ' ').trim()
}

/**
 * Character error rate of the best matching stretch: edits to turn `wanted` into a substring of `text`, by the length of `wanted`.
 * Sellers' algorithm: an edit-distance table whose first row is free, so that a match may start anywhere.
 */
export function errorRate(wanted: string, text: string): number {
  let column = Array.from({ length: wanted.length + 1 }, (_, i) => i)
  let best = wanted.length
  for (const char of text) {
    const next = [0]
    for (let i = 1; i <= wanted.length; i++) {
      const replaced = (column[i - 1] ?? 0) + (wanted[i - 1] === char ? 0 : 1)
      next.push(Math.min(replaced, (column[i] ?? 0) + 1, (next[i - 1] ?? 0) + 1))
    }
    column = next
    best = Math.min(best, column[wanted.length] ?? best)
  }
  return best / Math.max(1, wanted.length)
}

const holds = (text: string, wanted: readonly string[]): boolean => wanted.every((part) => comparable(text).includes(comparable(part)))

/** `null` when the expectation is met, else what was found instead. */
export function judge(expected: Expectation, got: Outcome): string | null {
  const found = `${got.state}${got.reason === null ? '' : `: ${got.reason}`}`
  const shown = (text: string): string => `${found}, text begins "${comparable(text).slice(0, 60)}"`
  switch (expected.type) {
    case 'CONTAINS':
    case 'OCR_CONTAINS':
      return got.state === 'ready' && holds(got.text, expected.wanted) ? null : shown(got.text)
    case 'FUZZY': {
      const rate = Math.max(...expected.wanted.map((part) => errorRate(comparable(part), comparable(got.text))))
      return got.state === 'ready' && rate <= expected.maxErrorRate ? null : `${found}, character error rate ${rate.toFixed(3)}`
    }
    case 'PASSWORD':
      if (got.state !== 'needs_password') return found
      if (expected.password === null) return null
      if (got.unlocked?.state === 'ready' && holds(got.unlocked.text, expected.wanted)) return null
      return `after the password: ${got.unlocked?.state ?? 'nothing'}`
    case 'FAIL_CLEAN':
      return (got.state === 'failed' && got.reason !== null) || (got.state === 'ready' && got.text.trim() === '') ? null : found
    case 'EMPTY_OK':
      return got.state === 'ready' ? null : found
    default:
      return ['ready', 'failed', 'needs_password'].includes(got.state) ? null : found
  }
}
