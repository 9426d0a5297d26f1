import { eld } from 'eld/small'
import { decoderFor } from './charset.ts'

/** What legacy files are written in, the likeliest first: a later one must be clearly better. */
const candidates = [
  'windows-1252', 'windows-1250', 'windows-1251', 'koi8-r', 'windows-1253', 'windows-1254', 'windows-1255', 'windows-1256', 'windows-874',
  'shift_jis', 'euc-jp', 'gb18030', 'big5', 'euc-kr',
] as const

const sampleBytes = 6_000
const clearlyBetter = 1.05

/** Bytes of markup say nothing about the language and would drown it. */
function withoutMarkup(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(0, sampleBytes * 4).toString('latin1').replace(/<[^>]*>/g, ' ').slice(0, sampleBytes), 'latin1')
}

/** Letters that a wrong encoding makes: symbols inside words, C1 controls, replacement characters, private use. */
const broken = /[\u0080-\u009f\ufffd\ue000-\uf8ff]|\p{L}[\u00a1-\u00bf\u00d7\u00f7]\p{L}/gu

/**
 * The encoding under which the text reads most like a language. Loads the language detector (0.2 s), so it is asked only where bytes are not
 * UTF-8 and nobody told, or told wrong.
 */
export function guessCharset(bytes: Buffer): string {
  const sample = withoutMarkup(bytes)
  let best = { label: 'windows-1252', score: 0 }
  for (const label of candidates) {
    const text = decoderFor(label)?.decode(sample) ?? ''
    const spoiled = (text.match(broken)?.length ?? 0) / Math.max(1, text.match(/\p{L}/gu)?.length ?? 0)
    const score = Math.max(0, ...Object.values(eld.detect(text).getScores())) * Math.max(0, 1 - spoiled * 10)
    if (score > best.score * (best.score === 0 ? 1 : clearlyBetter)) best = { label, score }
  }
  return best.label
}
