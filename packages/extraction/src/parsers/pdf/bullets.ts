import type { Fonts } from './fonts.ts'
import type { PlacedText } from './page-words.ts'

/** A letter that stands by itself at the beginning of a line. */
const alone = /^[\ue000-\uf8ff§ØüqvnluoÑŸ¾¡·](?=\s)/gmu
const privateUse = /[\ue000-\uf8ff]/

/** The same text with `•` where a sign of a symbol font stands before a line, which the file gives as private use or as the letter that the font draws it for. */
export function withBullets({ text, boxes }: PlacedText, fonts: Fonts): PlacedText {
  const characters = new Map<number, number>()
  const letters = [...text.matchAll(alone)]
  if (letters.length === 0) return { text, boxes }
  for (const { start, character } of boxes) characters.set(start, character)
  const isBullet = (letter: string, at: number) => {
    const character = characters.get(at)
    return privateUse.test(letter) || (character !== undefined && fonts.isOfSigns(character))
  }
  return { text: text.replace(alone, (letter, at: number) => (isBullet(letter, at) ? '•' : letter)), boxes }
}
