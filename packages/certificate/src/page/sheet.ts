import type PDFDocument from 'pdfkit'
import type { FontName, Fonts } from './fonts.ts'
import { linesOf, withoutIsolates, type Piece } from './lines.ts'
import { shownText, type Said } from './said.ts'

/** Points of a sheet of A4. */
export const SHEET = { width: 595.28, height: 841.89, left: 62, right: 62, top: 60, bottom: 70 } as const
export const INNER = SHEET.width - SHEET.left - SHEET.right

export type Style = { readonly font: FontName; readonly size: number; readonly color: string; /** Distance of baselines in sizes; 1.4 when absent. */ readonly leading?: number }
/** Where text stands, measured from the left margin. */
export type Box = { readonly x: number; readonly width: number; readonly align?: 'left' | 'right' }
/** One line, or several side by side. `draw` is given the upper edge. */
export type Row = { readonly height: number; draw(y: number): void }

/** From the lower edge of a row to its baseline, whatever the size, so that those beside each other are on one. */
const BASE = 3

export const gap = (height: number): Row => ({ height, draw: () => undefined })

/** Puts rows on sheets, one below the other, and begins a new sheet where one is full. */
export class Sheets {
  readonly #doc: PDFKit.PDFDocument
  readonly #fonts: Fonts
  #y = SHEET.top

  constructor(doc: InstanceType<typeof PDFDocument>, fonts: Fonts) {
    this.#doc = doc
    this.#fonts = fonts
  }

  /** A text in as many rows as it takes; line breaks in it are kept. */
  text(said: Said, style: Style, box: Box): Row[] {
    const measure = (part: string): number => this.#use(style).widthOfString(withoutIsolates(part))
    return shownText(said, (codePoint) => this.#fonts.has(style.font, codePoint)).split('\n')
      .flatMap((paragraph) => (paragraph === '' ? [gap(style.size)] : linesOf(paragraph, box.width, measure).map((line) => this.#row(line, style, box))))
  }

  #row(line: readonly Piece[], style: Style, box: Box): Row {
    const height = style.size * (style.leading ?? 1.4)
    const width = line.reduce((sum, piece) => sum + piece.width, 0)
    return {
      height,
      draw: (y) => {
        let x = SHEET.left + box.x + (box.align === 'right' ? box.width - width : 0)
        this.#use(style).fillColor(style.color)
        for (const piece of line) {
          if (piece.text.trim() !== '') this.#doc.text(piece.text, x, y + height - Math.max(BASE, style.size * 0.24), { lineBreak: false, baseline: 'alphabetic' })
          x += piece.width
        }
      },
    }
  }

  #use({ font, size }: Style): PDFKit.PDFDocument {
    return this.#doc.font(font).fontSize(size)
  }

  rule(color: string, width = 0.6): Row {
    return { height: width, draw: (y) => { this.#doc.moveTo(SHEET.left, y).lineTo(SHEET.width - SHEET.right, y).lineWidth(width).strokeColor(color).stroke() } }
  }

  /** A bar at the left of rows that belong together. */
  barred(rows: readonly Row[], color: string): Row[] {
    return rows.map((row) => ({
      height: row.height,
      draw: (y) => {
        this.#doc.rect(SHEET.left, y, 2, row.height).fill(color)
        row.draw(y)
      },
    }))
  }

  /** Rows that stay together if a sheet is high enough for them. */
  place(rows: readonly Row[]): void {
    const height = rows.reduce((sum, row) => sum + row.height, 0)
    if (this.#y + height > SHEET.height - SHEET.bottom && height <= SHEET.height - SHEET.top - SHEET.bottom) this.#next()
    for (const row of rows) {
      if (this.#y + row.height > SHEET.height - SHEET.bottom) this.#next()
      row.draw(this.#y)
      this.#y += row.height
    }
  }

  #next(): void {
    this.#doc.addPage()
    this.#y = SHEET.top
  }

  /** Calls for each sheet that there is, with its number. */
  footers(rowsOf: (number: number, count: number) => readonly Row[]): void {
    const { count } = this.#doc.bufferedPageRange()
    for (let at = 0; at < count; at += 1) {
      this.#doc.switchToPage(at)
      let y = SHEET.height - SHEET.bottom + 20
      for (const row of rowsOf(at + 1, count)) {
        row.draw(y)
        y += row.height
      }
    }
  }
}

/** Rows of two columns beside each other, on the lower edge of the higher one. */
export function beside(left: readonly Row[], right: readonly Row[]): Row[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, at) => {
    const rows = [left[at], right[at]].filter((row) => row !== undefined)
    const height = Math.max(...rows.map((row) => row.height))
    return { height, draw: (y) => { for (const row of rows) row.draw(y + height - row.height) } }
  })
}
