import { closeSync, openSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { packBoxes, type Box } from '../layout/word-boxes.ts'
import { openPdf, withPage } from '../parsers/pdf/document.ts'
import { pdfFacts } from '../parsers/pdf/facts.ts'
import { textOf } from '../parsers/pdf/page-text.ts'
import { openPictures } from '../pictures/open-pictures.ts'
import type { Layer } from '../searchable/layers.ts'
import { writeOverPdf } from '../searchable/over-pdf.ts'
import { pictureToPdf } from '../searchable/picture-pdf.ts'
import { defaultLimits, type RecognizedWords } from '../types.ts'

export type Word = readonly [word: string, box: Box]
export const at = (left: number, top: number, right: number, bottom: number): Box => ({ left, top, right, bottom })
/** In several scripts, one of them beyond the first plane. */
export const greeting: readonly Word[] = [
  ['Straße', at(0.1, 0.1, 0.3, 0.15)], ['coração', at(0.32, 0.1, 0.5, 0.15)], ['Ελλάδα', at(0.1, 0.2, 0.3, 0.25)], ['中文', at(0.1, 0.3, 0.2, 0.35)], ['𠮷野', at(0.1, 0.4, 0.2, 0.45)],
]

/** A page of words; each stands on the line of the one before where it has its height, else on the next one. */
export function layerOf(number: number, words: readonly Word[]): Layer {
  let text = ''
  const boxes = words.map(([word, box], index) => {
    if (index > 0) text += words[index - 1]?.[1].top === box.top ? ' ' : '\n'
    text += word
    return { start: text.length - word.length, end: text.length, ...box }
  })
  return { number, text, boxes }
}
export const recognized = ({ number, text, boxes }: Layer): RecognizedWords => ({ number, text, boxes: packBoxes(boxes) })

const about = { title: 'Rechnung & <1>', language: 'de' }

/** The PDF that a child makes, made here. */
export async function searchableHere(bytes: Buffer, { mime = 'application/pdf', layers = [layerOf(1, greeting)], password = null }: { mime?: string; layers?: readonly Layer[]; password?: string | null }): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'searchable-here-'))
  const [path, made] = [join(folder, 'file'), join(folder, 'made')]
  await writeFile(path, bytes)
  const fd = openSync(made, 'wx+')
  async function* each(): AsyncGenerator<Layer> { yield* layers }
  try {
    const task = { path, about, fd, now: new Date() }
    await (mime === 'application/pdf' ? writeOverPdf({ ...task, password, layers: each }) : pictureToPdf({ ...task, limits: defaultLimits, layers: each() }))
    return await readFile(made)
  } finally {
    closeSync(fd)
    await rm(folder, { recursive: true, force: true })
  }
}

/** What stands on the pages of a PDF, and where; and what it says of itself. */
export async function pdfWords(bytes: Buffer, password: string | null = null) {
  const pdf = await openPdf(bytes, password)
  const pages = Array.from({ length: pdf.pages }, (_, index) => withPage(pdf, index, textOf) ?? { text: '', boxes: [] })
  return {
    facts: pdfFacts(pdf, bytes), texts: pages.map(({ text }) => text),
    words: pages.map(({ text, boxes }) => boxes.map(({ start, end, left, top, right, bottom }): Word => [text.slice(start, end), { left, top, right, bottom }])),
  }
}

/** The pixels of a page. */
export async function pixelsOf(bytes: Buffer, { mime = 'application/pdf', width = 600, page = 1 }: { mime?: string; width?: number; page?: number } = {}): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'pixels-'))
  try {
    const path = join(folder, 'file')
    await writeFile(path, bytes)
    const picture = await (await openPictures({ path, mime, password: null, look: { format: 'png', width, mark: null, boxes: [] } }, defaultLimits))(page)
    return await sharp(picture?.bytes).raw().toBuffer()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
