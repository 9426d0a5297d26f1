import { packBoxes, type WordBox } from '../layout/word-boxes.ts'

/** Packs places of words for the parent, up to so many bytes for all pages of a file together; pages after that go without. */
export function createBoxPacker(maxBytes: number): (words: readonly WordBox[] | undefined) => { boxes?: string } {
  let left = maxBytes
  return (words) => {
    if (words === undefined || words.length === 0) return {}
    const packed = packBoxes(words)
    if (packed.length > left) return {}
    left -= packed.length
    return { boxes: packed.toString('base64') }
  }
}
