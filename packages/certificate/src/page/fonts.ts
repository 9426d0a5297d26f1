import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { create, type Font } from 'fontkit'

/** DejaVu: free to embed, and of what npm has in one family the widest range of scripts (Latin, Greek, Cyrillic, Arabic, Hebrew, Armenian, Georgian). */
const files = {
  plain: 'dejavu-fonts-ttf/ttf/DejaVuSans.ttf', bold: 'dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf',
  mono: 'dejavu-fonts-ttf/ttf/DejaVuSansMono.ttf', title: 'dejavu-fonts-ttf/ttf/DejaVuSerif-Bold.ttf',
} as const
export type FontName = keyof typeof files
export const fontNames = Object.keys(files) as FontName[]

export type Fonts = { readonly parsed: Readonly<Record<FontName, Font>>; has(font: FontName, codePoint: number): boolean }

/** Reads 2 MB, and what is looked up in them stays looked up; once a process. */
export function loadFonts(): Fonts {
  const { resolve } = createRequire(import.meta.url)
  const read = (name: FontName): Font => {
    const font = create(readFileSync(resolve(files[name])))
    if (!('hasGlyphForCodePoint' in font)) throw new Error('a file with several fonts')
    return font
  }
  const parsed = { plain: read('plain'), bold: read('bold'), mono: read('mono'), title: read('title') }
  return { parsed, has: (font, codePoint) => parsed[font].hasGlyphForCodePoint(codePoint) }
}
