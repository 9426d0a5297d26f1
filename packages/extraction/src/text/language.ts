import type { eld } from 'eld/small'

const sampleLength = 20_000
const perPage = 2_000
/** Below this a guess is worth less than saying nothing. */
const minLetters = 20

let loading: Promise<typeof eld> | undefined

/** Characters from the first pages, not only the first page: a title page may be in another language. */
export function sampleOf(pages: readonly { text: string }[]): string {
  let sample = ''
  for (const { text } of pages) {
    if (sample.length >= sampleLength) break
    sample += `${text.slice(0, perPage)}\n`
  }
  return sample
}

/**
 * ISO 639-1 code of the language most of `text` is in; null when there is too little of it or no clear winner.
 * Runs in the caller: loading the detector's 60 languages takes 0.2 s of computing, which a child would pay for every file.
 */
export async function languageOf(text: string): Promise<string | null> {
  if ((text.match(/\p{L}/gu)?.length ?? 0) < minLetters) return null
  loading ??= import('eld/small').then((module) => module.eld)
  const detected = (await loading).detect(text)
  return detected.isReliable() && /^[a-z]{2}$/.test(detected.language) ? detected.language : null
}
