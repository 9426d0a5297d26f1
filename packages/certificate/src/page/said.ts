/** Words of ours with words of others in their midst. */
export type Phrase = { readonly ours: readonly string[]; readonly others: readonly string[] }
/** A whole text of somebody else's is a string. */
export type Said = string | Phrase

/** Keeps apart what is ours and what others wrote: phrase`asked by ${name}`. */
export const phrase = (ours: TemplateStringsArray, ...others: readonly string[]): Phrase => ({ ours: [...ours], others })

/** What others wrote does not change the order of the words around it, and stands in a sentence as it stands by itself. */
const ISOLATE = '\u2066'
const END = '\u2069'

/** A text as the font can show it, with line breaks as `\n`. */
export function shownText(said: Said, has: (codePoint: number) => boolean): string {
  if (typeof said === 'string') return printable(said, has)
  return said.ours.map((part, at) => {
    const other = said.others[at]
    return other === undefined ? part : `${part}${ISOLATE}${printable(other, has)}${END}`
  }).join('')
}

/** Marks that nobody sees, or that turn or hide what stands beside them. Joiners within a word shape its letters and stay. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\u2028\u2029\u115f\u1160\u3164\uffa0]/u
const STAYS = /[\n\u200c\u200d]/

const named = (char: string): string => `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

/** What the font lacks and what nobody would see stands there by its number, as `⟨U+5F20⟩`, and is never left out. */
function printable(text: string, has: (codePoint: number) => boolean): string {
  const chars = [...text.replaceAll(/\r\n?/g, '\n').replaceAll('\t', '    ')]
  const canShow = (char: string): boolean => STAYS.test(char) || (has(char.codePointAt(0) ?? 0) && !UNSEEN.test(char))
  return chars.map((char, at) => {
    if (canShow(char)) return char
    const first = at === 0 || canShow(chars[at - 1] ?? '')
    const last = at === chars.length - 1 || canShow(chars[at + 1] ?? '')
    return `${first ? '⟨' : ' '}${named(char)}${last ? '⟩' : ''}`
  }).join('')
}
