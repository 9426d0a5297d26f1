import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Random } from '@intellidocs/testing'
import { damaged } from '../../../scripts/examples/damage.ts'
import { pdf } from '../../../scripts/examples/pdf.ts'
import { scan } from '../../../scripts/examples/pixels.ts'

/**
 * - `text`, `pdf`: found by their word once they are read
 * - `mail`: found by the word of its body; it carries a text file that becomes a document of its own
 * - `scan`: a page of pixels, read by OCR; its word is for people, OCR may misread it
 * - `damaged`: an example of a format, any of them, with a few bytes changed; what becomes of it is its own affair
 * - `opaque`: bytes of no kind, which end as `failed` with `unsupported_type`; any size costs the reading nothing
 */
export type Kind = 'text' | 'pdf' | 'mail' | 'scan' | 'damaged' | 'opaque'

export type Content = {
  readonly kind: Kind
  readonly name: string
  readonly bytes: Buffer<ArrayBuffer>
  readonly sha256: string
  /** Stands in this content alone; null where it cannot be relied on. */
  readonly word: string | null
}

export type Wanted = {
  readonly kind?: Kind
  /** About so many bytes (text, opaque), or pages (pdf). */
  readonly size?: number
}

const endings: Readonly<Record<Kind, string>> = { text: 'txt', pdf: 'pdf', mail: 'eml', scan: 'pdf', damaged: 'bin', opaque: 'bin' }
const wordless = new Set<Kind>(['scan', 'damaged', 'opaque'])
const vocabulary = ['anchor', 'harbour', 'keel', 'ledger', 'mast', 'quay', 'rope', 'sail', 'tide', 'winch'] as const

/** A content that nobody else has, the same for the same stream of numbers. Three texts to one PDF unless a kind is asked for. */
export async function makeContent(random: Random, wanted: Wanted = {}): Promise<Content> {
  const kind = wanted.kind ?? random.pick(['text', 'text', 'text', 'pdf'])
  // A digit keeps stemmers off it.
  const word = `zq7${random.letters(14)}`
  const bytes = await makeBytes(kind, { random, word, size: wanted.size })
  const name = `${random.pick(vocabulary)}-${random.letters(6)}.${endings[kind]}`
  return { kind, name, bytes, sha256: createHash('sha256').update(bytes).digest('hex'), word: wordless.has(kind) ? null : word }
}

async function makeBytes(kind: Kind, { random, word, size }: { random: Random; word: string; size: number | undefined }): Promise<Buffer<ArrayBuffer>> {
  if (kind === 'opaque') return Buffer.concat([Buffer.from([0, 1, 2, 3]), random.bytes(size ?? random.int(1_000, 60_000))])
  if (kind === 'damaged') return damaged(await readFile(random.pick(await examples())), () => random.next())
  if (kind === 'mail') return Buffer.from(mail(prose(random, word, 400), prose(random, 'attached', random.int(200, 900))))
  if (kind === 'text') return Buffer.from(prose(random, word, size ?? random.int(200, 6_000)))
  const pages = Array.from({ length: kind === 'scan' ? 1 : size ?? random.int(1, 3) }, (_, at) => (
    { heading: `Page ${at + 1}`, paragraphs: [at === 0 ? `${word}. ${prose(random, 'first', 600)}` : prose(random, 'next', 600)] }
  ))
  const born = await pdf(pages, { title: word, language: 'en' })
  return Buffer.from(kind === 'scan' ? await scan(born) : born)
}

const exampleFolder = join(import.meta.dirname, '..', '..', '..', 'examples')

/** One file of each format, in one order everywhere. */
async function examples(): Promise<string[]> {
  const names = (await Promise.all(['', 'formats'].map(async (folder) => (await readdir(join(exampleFolder, folder))).map((name) => join(folder, name))))).flat()
  return names.filter((name) => /\.\w+$/.test(name) && !name.endsWith('README.md')).sort().map((name) => join(exampleFolder, name))
}

const mail = (body: string, attached: string): string => [
  'From: quay@example.org', 'To: office@example.org', 'Subject: Harbour', 'MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary="part"', '',
  '--part', 'Content-Type: text/plain; charset=utf-8', '', body,
  '--part', 'Content-Type: text/plain; name="list.txt"', 'Content-Disposition: attachment; filename="list.txt"', 'Content-Transfer-Encoding: base64', '',
  Buffer.from(attached).toString('base64').replace(/.{76}/g, '$&\r\n'), '--part--', '',
].join('\r\n')

function prose(random: Random, word: string, size: number): string {
  const words = [word]
  for (let length = word.length; length < size; length += (words.at(-1)?.length ?? 0) + 1) words.push(random.pick(vocabulary))
  return `${words.join(' ')}.\n`
}
