import type { FileFacts } from '../types.ts'
import { cleanText } from './clean.ts'

/** As it stands in the file. */
export type RawFacts = { readonly [Fact in keyof FileFacts]?: string | undefined }

const longest = 300
/** Marks that turn the direction of letters or cannot be seen: in a title they only deceive. */
const unseen = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069]/g
/** What programs write where nobody gave a title. */
const placeholder = /^(untitled( document)?|no title|document ?\d*|presentation ?\d*|powerpoint presentation|workbook ?\d*|book ?\d+|slide ?1|unknown|null|none)$/i

function lineOf(raw: string | undefined): string | null {
  const line = cleanText((raw ?? '').slice(0, 10_000)).replace(unseen, '').replace(/\s+/g, ' ').trim()
  return line === '' ? null : [...line].slice(0, longest).join('')
}

function titleOf(raw: string | undefined): string | null {
  const line = lineOf(raw)?.replace(/^Microsoft (Word|PowerPoint|Excel) - /, '') ?? null
  return line === null || !/[\p{L}\p{N}]/u.test(line) || placeholder.test(line) ? null : line
}

const pdfDate = /^D:(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(?:Z|([+-])(\d{2})'?(\d{2})?)?/
const isoDate = /^\d{4}(?:-\d{2}(?:-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?)?)?$/
const mailDate = /^(?:[A-Za-z]{3}, ?)?\d{1,2} [A-Za-z]{3} \d{4} \d{2}:\d{2}/

/** PDF's own spelling, as ISO 8601; a time without its zone counts as UTC. */
function fromPdf(raw: string): string {
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', sign, zoneHour, zoneMinute = '00'] = pdfDate.exec(raw) ?? []
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${sign === undefined ? 'Z' : `${sign}${zoneHour}:${zoneMinute}`}`
}

/** A moment in ISO 8601, of the years 1900 to 2199; null for anything else. Dates of a day alone are its beginning in UTC. */
export function momentOf(raw: string | undefined): string | null {
  const text = (raw ?? '').slice(0, 100).trim()
  const spelled = pdfDate.test(text) ? fromPdf(text) : isoDate.test(text) && !/T.*(Z|[+-]\d{2}:?\d{2})$/.test(text.replace(' ', 'T')) && /[T ]/.test(text) ? `${text.replace(' ', 'T')}Z` : text
  const moment = pdfDate.test(text) || isoDate.test(text) || mailDate.test(text) ? new Date(spelled) : new Date(Number.NaN)
  const year = moment.getUTCFullYear()
  return year >= 1900 && year < 2200 ? moment.toISOString() : null
}

/** What a file says of itself, as it may be kept and shown: hostile and careless files say anything. */
export const cleanFacts = ({ title, author, createdAt, modifiedAt }: RawFacts): FileFacts =>
  ({ title: titleOf(title), author: lineOf(author), createdAt: momentOf(createdAt), modifiedAt: momentOf(modifiedAt) })
