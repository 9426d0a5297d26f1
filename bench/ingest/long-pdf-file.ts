import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import PdfKit from 'pdfkit'

const words = ['harbour', 'committee', 'report', 'storm', 'ship', 'invoice', 'plywood', 'monday', 'basin', 'signed', 'paid', 'north', 'seven', 'before']
/** A small generator, so that the same seed is the same text (Park and Miller, 1988). */
function dice(seed: number): (sides: number) => number {
  let state = (seed * 48_271) % 2_147_483_647 || 1
  return (sides) => {
    state = (state * 48_271) % 2_147_483_647
    return state % sides
  }
}

/** Writes a PDF of text with `pages` pages of 40 lines, about 2,800 characters each; its number stands on each page. */
export async function writeTextPdf(path: string, { pages, seed = 1 }: { pages: number; seed?: number }): Promise<void> {
  const roll = dice(seed)
  const pdf = new PdfKit({ autoFirstPage: false, size: 'A4', margin: 40 })
  const written = pipeline(pdf, createWriteStream(path))
  for (let page = 1; page <= pages; page += 1) {
    const lines = Array.from({ length: 40 }, () => Array.from({ length: 10 }, () => words[roll(words.length)]).join(' '))
    pdf.addPage().fontSize(10).text([`page-number-${page} of file-${seed}`, ...lines].join('\n'), { lineBreak: true })
    // Lets the stream drain, so that a book is not in memory as a whole.
    if (page % 50 === 0) await setImmediate()
  }
  pdf.end()
  await written
}
