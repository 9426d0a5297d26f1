import { spoiledShare } from './spoiled.ts'

const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0

/**
 * Pairs of letters that are frequent in languages of Latin script, without their accents. Of all pairs within words they are 0.5 to 0.7 in English, Portuguese,
 * Spanish, French, German and Dutch, 0.4 to 0.5 in Polish, Czech, Hungarian, Finnish, Turkish and Vietnamese, 0.27 in Welsh; in text whose letters stand for others
 * (an alphabet shifted by any number of places) 0.2 at most. Measured on the pages of the corpora and on sentences of each language.
 */
const usualPairs = new Set((
  'th he in er an re on at en nd ti es or te ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic ne ea ra ce li ch ll be ma si om ur ' +
  'os ao da do qu ad ue ci ia ai el la lo un ei ie ge sc em ta ca po pa tr'
).split(' '))
const leastUsual = 0.24
const ordinaryUsual = 0.4
/** Fewer pairs say nothing. */
const enoughPairs = 100

/** Share of the usual pairs of letters within words of three letters and more; null where the text is too short, or not of Latin script, or full of numbers and codes. */
function usualShare(text: string): number | null {
  const letters = count(text, /\p{L}|\p{M}/gu)
  if (count(text, /[a-z\u00c0-\u024f\u1e00-\u1eff]/gi) / Math.max(1, letters) < 0.8 || count(text, /\p{N}/gu) > letters / 4) return null
  let [pairs, usual] = [0, 0]
  for (const [word] of text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().matchAll(/[a-z]{3,}/g)) {
    for (let at = 0; at + 1 < word.length; at += 1) {
      pairs += 1
      if (usualPairs.has(word.slice(at, at + 2))) usual += 1
    }
  }
  return pairs < enoughPairs ? null : usual / pairs
}

/** Share of the visible characters that mean nothing: private use, replacement characters, controls. */
function meaninglessShare(text: string): number {
  // oxlint-disable-next-line no-control-regex -- control characters are one of the signs
  return count(text, /[\ue000-\uf8ff\ufffd\u0000-\u0008\u000e-\u001f\u0080-\u009f]/g) / Math.max(1, count(text, /\S/g))
}

/**
 * Whether a text is no language: characters without meaning (private use, replacement, `unmapped`: the share whose font does not say what they are), hardly any
 * letters, or Latin letters in an order that no language has (a font whose codes are shifted). Needs some text to be sure; numbers, codes and short labels are not junk.
 */
export function isJunk(text: string, unmapped: number): boolean {
  const visible = count(text, /\S/g)
  if (visible < 20) return unmapped > 0.5
  if (unmapped > 0.3 || meaninglessShare(text) > 0.2) return true
  if (visible >= 100 && count(text, /\p{L}|\p{M}|\p{N}/gu) / visible < 0.4) return true
  return (usualShare(text) ?? 1) < leastUsual
}

/** How much a text looks like one, 0 to 1, for comparing two readings of the same page; 0 where there is none. */
export function qualityOf(text: string, unmapped = 0): number {
  if (!/[\p{L}\p{N}]/u.test(text)) return 0
  const usual = Math.min(1, (usualShare(text) ?? ordinaryUsual) / ordinaryUsual)
  return Math.max(0, 1 - unmapped) * Math.max(0, 1 - meaninglessShare(text)) * Math.max(0, 1 - spoiledShare(text)) * usual
}
