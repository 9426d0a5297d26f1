import { eld } from 'eld/small'
import { decodeText, decoderFor } from './charset.ts'
import { decodeDos, type DosPage } from './dos-pages.ts'
import { spoiledShare } from './spoiled.ts'

const western = ['en', 'de', 'fr', 'es', 'pt', 'it', 'nl', 'da', 'sv', 'no', 'fi', 'is', 'ca', 'eu', 'ms', 'tl', 'sq']
const central = ['cs', 'pl', 'hu', 'sk', 'sl', 'hr', 'ro']
const cyrillic = ['ru', 'uk', 'bg', 'be', 'sr']

type Candidate<Label extends string = string> = { readonly label: Label; readonly languages: readonly string[] }

/** What legacy files are written in and the languages they are used for, the likeliest first: a later one must be clearly better. */
const candidates: readonly Candidate[] = [
  { label: 'windows-1252', languages: western }, { label: 'windows-1250', languages: central }, { label: 'windows-1251', languages: cyrillic },
  { label: 'koi8-u', languages: ['ru', 'uk'] }, { label: 'windows-1253', languages: ['el'] }, { label: 'windows-1254', languages: ['tr', 'az', 'ku'] },
  { label: 'windows-1255', languages: ['he'] }, { label: 'windows-1256', languages: ['ar', 'fa', 'ur'] }, { label: 'windows-1257', languages: ['lt', 'lv', 'et'] },
  { label: 'windows-1258', languages: ['vi'] }, { label: 'windows-874', languages: ['th'] }, { label: 'shift_jis', languages: ['ja'] },
  { label: 'euc-jp', languages: ['ja'] }, { label: 'gb18030', languages: ['zh'] }, { label: 'big5', languages: ['zh'] }, { label: 'euc-kr', languages: ['ko'] },
  { label: 'iso-8859-2', languages: central }, { label: 'iso-8859-5', languages: cyrillic }, { label: 'iso-8859-6', languages: ['ar', 'fa', 'ur'] },
  { label: 'iso-8859-7', languages: ['el'] }, { label: 'ibm866', languages: ['ru', 'uk', 'be'] }, { label: 'macintosh', languages: western },
  { label: 'x-mac-cyrillic', languages: cyrillic },
]

/** What names in archives are written in as well, by DOS and by Windows to this day. */
const dosCandidates: readonly Candidate<DosPage>[] = [{ label: 'ibm850', languages: western }, { label: 'ibm852', languages: central }, { label: 'ibm437', languages: western }]

const sampleBytes = 6_000
const clearlyBetter = 1.05

/** Bytes of markup say nothing about the language and would drown it. */
function withoutMarkup(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(0, sampleBytes * 4).toString('latin1').replace(/<[^>]*>/g, ' ').slice(0, sampleBytes), 'latin1')
}

type Reading = { readonly label: string; readonly text: string; readonly score: number }

/** The better one of what was best before and what a further candidate makes of the sample. */
function better(best: Reading, { label, languages }: Candidate, text: string): Reading {
  const scores = eld.detect(text).getScores()
  const score = Math.max(0, ...languages.map((language) => scores[language] ?? 0)) * Math.max(0, 1 - spoiledShare(text) * 10)
  return score > best.score * (best.score === 0 ? 1 : clearlyBetter) ? { label, text, score } : best
}

function bestOf(sample: Buffer): Reading {
  let best: Reading = { label: 'windows-1252', text: decodeText(sample), score: 0 }
  for (const candidate of candidates) best = better(best, candidate, decoderFor(candidate.label)?.decode(sample) ?? '')
  return best
}

/**
 * The encoding under which the text reads most like one of the languages it is used for. Loads the language detector (0.2 s), so it is asked only where bytes
 * are not UTF-8 and nobody told, or told wrong.
 */
export function guessCharset(bytes: Buffer): string {
  return bestOf(withoutMarkup(bytes)).label
}

/** Names of files in an encoding that nobody told, as they read most like one of the languages it is used for; encodings of DOS are tried as well. */
export function decodeNames(bytes: Buffer): string {
  const sample = bytes.subarray(0, sampleBytes)
  const known = bestOf(sample)
  const best = dosCandidates.reduce((before, candidate) => better(before, candidate, decodeDos(candidate.label, sample)), known)
  const page = dosCandidates.find(({ label }) => label === best.label)?.label
  return page === undefined ? decodeText(bytes, { declared: best.label }) : decodeDos(page, bytes)
}
