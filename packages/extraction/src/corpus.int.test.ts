import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDocumentReader, ExtractionError, ocrPages, type DocumentReader } from './index.ts'

/** Real documents beside the project; a machine without them says so and runs the rest. */
const corpora = fileURLToPath(new URL('../../../../shared/corpora/', import.meta.url))
const there = existsSync(join(corpora, 'MANIFEST.tsv'))
if (!there) process.stderr.write('\n*** ../shared/corpora is not here: the reading of real documents is NOT tested ***\n\n')

type Row = { path: string; special: string; type: string; expect: string[]; password: string | null }
type Outcome = { mime: string | null; reason: string | null; text: string; ocrPages: number }

/**
 * Expectations that are not met, each with its reason. A row here must fail: one that starts to pass has to leave the list.
 */
const unmet = new Map<string, string>([
  ['image/devatest.png', 'needs language data for Hindi'],
  ['image/viet.tif', 'needs language data for Vietnamese'],
  ['pdf-corrupt/poppler-91414-0-53.pdf', "a stream's length refers to itself, and still its one page is read in full"],
  [
    'portuguese/BR-BG.03918-p2.pdf',
    "the words over the scan are the scanner's, with an error rate of 0.023 where 0.020 is wanted; nothing tells them from good ones",
  ],
  ['pdf-encrypted/testUnicodePassword.pdf', 'the password is not told, so only the refusal is tested'],
])

function unquote(field: string): string {
  return field.startsWith('"') && field.endsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field
}

function rows(): Row[] {
  return readFileSync(join(corpora, 'MANIFEST.tsv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [path = '', , , special = '', type = '', wanted = ''] = line.split('\t').map(unquote)
      const parts = wanted.split(' ¦ ')
      const password = type === 'PASSWORD' ? (parts.shift() ?? '').replace(/^pw=/, '') : null
      return { path, special, type, expect: parts, password: password === '?' ? null : password }
    })
}

const plain = (text: string) =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\u2018\u2019\u201b]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/\s+/g, ' ')

let folder = ''
let reader: DocumentReader
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'corpus-'))
  reader = createDocumentReader({ tempDir: folder })
})
afterAll(async () => {
  await reader.close()
  await rm(folder, { recursive: true, force: true })
})

async function read(row: Row, password: string | null): Promise<Outcome> {
  const path = join(corpora, 'files', row.path)
  const workDir = await mkdtemp(join(folder, 'doc-'))
  const signal = AbortSignal.timeout(110_000)
  const secret = password === null ? {} : { password }
  try {
    const { mime, pages } = await reader.readDocument({ owner: 'corpus', path, fileName: basename(path), workDir, signal, ...secret })
    const toRead = pages.filter((page) => page.needsOcr).map((page) => page.number)
    const texts = pages.map((page) => page.text)
    const lost: string[] = pages.flatMap((page) => (page.text === '' ? page.warnings : []))
    if (toRead.length > 0) {
      await ocrPages({
        path,
        mime,
        pages: toRead,
        langs: ['eng', 'por'],
        workDir,
        signal,
        ...secret,
        onPage: ({ number, text, source, warnings }) => {
          texts[number - 1] = text
          if (source === 'unread') lost.push(...warnings)
        },
      })
    }
    // As a version ends of which no page has words.
    return { mime, reason: texts.every((text) => text.trim() === '') ? (lost[0] ?? null) : null, text: plain(texts.join('\n')), ocrPages: toRead.length }
  } catch (error) {
    if (!(error instanceof ExtractionError)) throw error
    return { mime: error.mime, reason: error.reason, text: '', ocrPages: 0 }
  }
}

/** Least edits that turn `words` into any stretch of `text` (Sellers, 1980), over the length of `words`. */
function errorRate(words: string, text: string): number {
  let row = new Uint32Array(text.length + 1)
  for (let i = 1; i <= words.length; i += 1) {
    const next = new Uint32Array(text.length + 1)
    next[0] = i
    for (let j = 1; j <= text.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (words[i - 1] === text[j - 1] ? 0 : 1)
      next[j] = Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1)
    }
    row = next
  }
  return row.reduce((best, value) => Math.min(best, value), words.length) / words.length
}

async function check(row: Row): Promise<string | null> {
  const first = await read(row, null)
  if (first.reason === 'internal' || first.reason === 'cancelled') return `ended as ${first.reason}`
  if (row.type === 'FAIL_CLEAN')
    return first.reason === null && first.text.trim() !== '' ? 'was read' : first.reason === null ? 'ended without a reason' : null
  if (row.type === 'FAIL_OR_EMPTY' || row.type === 'BOUNDED') return null
  if (row.type === 'EMPTY_OK') return first.reason === null ? null : `failed: ${first.reason}`
  if (row.type === 'PASSWORD') {
    if (first.reason !== 'password_required') return `${first.reason} instead of password_required`
    const wrong = await read(row, 'certainly not this one')
    if (wrong.reason !== 'password_wrong') return `${wrong.reason} instead of password_wrong`
    if (row.password === null) return 'the password is unknown'
  }
  const found = row.password === null ? first : await read(row, row.password)
  if (found.reason !== null) return `failed: ${found.reason}`
  const limit = row.type === 'FUZZY' ? Number(/CER <= ([\d.]+)/.exec(row.special)?.[1]) : 0
  const bad = row.expect.map(plain).filter((words) => (limit === 0 ? !found.text.includes(words) : errorRate(words, found.text) > limit))
  if (row.type === 'OCR_CONTAINS' && found.ocrPages === 0) return 'was not read by OCR'
  return bad.length === 0
    ? null
    : `lacks ${bad.join(' ¦ ')}${limit === 0 ? '' : ` (${bad.map((words) => errorRate(words, found.text).toFixed(3)).join(', ')})`}`
}

describe.skipIf(!there)('real documents', { concurrent: true }, () => {
  for (const row of there ? rows() : []) {
    test(`${row.path} ends as ${row.type} says`, { timeout: 120_000 }, async () => {
      const complaint = await check(row)
      // Told apart in one value, so that a row on the list that is met now fails as well.
      expect({ row: row.path, met: complaint === null, complaint: unmet.has(row.path) ? '' : complaint }).toEqual(
        { row: row.path, met: !unmet.has(row.path), complaint: unmet.has(row.path) ? '' : null },
      )
    })
  }
})
