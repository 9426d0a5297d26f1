import { withMemory, type Pdfium } from './engine.ts'

/** What the fonts of a page's characters say of them. */
export type Fonts = {
  isBold(character: number): boolean
  /** Its letters are drawn as signs: what it calls `§` is a bullet. */
  isOfSigns(character: number): boolean
}

const bold = /bold|black|heavy|demi|medi(?!um)|cmbx|cmssbx/i
const ofSigns = /wingdings|webdings|symbol|dingbat|courier/i
const longestName = 256

/** Asked of few characters: each question reads a name. */
export function fontsOf(engine: Pdfium, textPage: number): Fonts {
  const nameOf = (character: number) => withMemory(engine, longestName, (buffer) => {
    const length = engine.wasmExports.FPDFText_GetFontInfo(textPage, character, buffer, longestName, 0)
    return length < 2 || length > longestName ? '' : Buffer.from(engine.HEAPU8.buffer, buffer, length - 1).toString('latin1')
  })
  return { isBold: (character) => bold.test(nameOf(character)), isOfSigns: (character) => ofSigns.test(nameOf(character)) }
}
