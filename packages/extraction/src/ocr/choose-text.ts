import { isJunk, qualityOf } from '../text/quality.ts'
import type { Recognized } from './tsv.ts'

/** A page's own text, with the share of its characters whose font does not say what they are. */
export type TextLayer = { readonly text: string; readonly unmapped: number }
export type Choice = { readonly from: 'layer' | 'ocr'; readonly isJunk: boolean }

/** Recognized words count for more than a sound layer only where they are so many times as many, and so sure. */
const manyMore = 1.3
const sure = 60

const lettersOf = (text: string): number => text.match(/[\p{L}\p{N}]/gu)?.length ?? 0

/**
 * Which of two readings of a page stays: its own text layer, or what was recognized. A layer that is no language yields to anything that looks more like one; a
 * sound layer that was doubted because it covers little of the page yields only to clearly more words.
 */
export function chooseText(layer: TextLayer, found: Pick<Recognized, 'text' | 'confidence'>): Choice {
  if (isJunk(layer.text, layer.unmapped)) {
    const recognized = qualityOf(found.text) * (found.confidence / 100)
    return { from: recognized > qualityOf(layer.text, layer.unmapped) ? 'ocr' : 'layer', isJunk: true }
  }
  const more = lettersOf(found.text) > lettersOf(layer.text) * manyMore
  return { from: lettersOf(layer.text) === 0 || (more && found.confidence >= sure) ? 'ocr' : 'layer', isJunk: false }
}

const wordsOf = (text: string): string => ` ${(text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).join(' ')} `

/** Whether all words of a note stand in `text`, in their order: what is typed onto a page is recognized with it. A note without words never is. */
export function isWithin(note: string, text: string): boolean {
  const words = wordsOf(note)
  return words.trim() !== '' && wordsOf(text).includes(words)
}
