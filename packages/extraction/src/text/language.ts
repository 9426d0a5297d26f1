import type { eld } from 'eld/small'

/** The detector looks at about so many characters; longer texts are asked piece by piece and vote. */
const pieceLength = 1_000
const maxPieces = 40
/** Below this a guess is worth less than saying nothing. */
const minLetters = 20
/** A winner has more than this share of the votes. */
const clearShare = 0.5

let loading: Promise<typeof eld> | undefined

/** Pieces from all over the document: a title page or a foreword may be in another language. */
function piecesOf(pages: readonly { text: string }[]): string[] {
  const pieces: string[] = []
  for (const { text } of pages) for (let at = 0; at < text.length; at += pieceLength) pieces.push(text.slice(at, at + pieceLength))
  const step = Math.max(1, pieces.length / maxPieces)
  return Array.from({ length: Math.min(pieces.length, maxPieces) }, (_, index) => pieces[Math.floor(index * step)] ?? '')
}

/**
 * ISO 639-1 code of the language most of the text is in; null when there is too little of it or no clear winner.
 * Runs in the caller: loading the detector's 60 languages takes 0.2 s of computing, which a child would pay for every file.
 */
export async function languageOf(pages: readonly { text: string }[]): Promise<string | null> {
  const pieces = piecesOf(pages).map((text) => ({ text, letters: text.match(/\p{L}/gu)?.length ?? 0 })).filter(({ letters }) => letters >= minLetters)
  if (pieces.length === 0) return null
  loading ??= import('eld/small').then((module) => module.eld)
  const detector = await loading
  const votes = new Map<string, number>()
  let all = 0
  for (const { text, letters } of pieces) {
    const detected = detector.detect(text)
    all += letters
    if (detected.isReliable() && /^[a-z]{2}$/.test(detected.language)) votes.set(detected.language, (votes.get(detected.language) ?? 0) + letters)
  }
  const [language, weight] = [...votes].toSorted((a, b) => b[1] - a[1])[0] ?? [null, 0]
  return weight > all * clearShare ? language : null
}
