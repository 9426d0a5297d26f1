import { setImmediate as nextTurn } from 'node:timers/promises'

/** Letters of scripts without blanks are words of their own, as word processors count; any other word is a run of letters and digits with what joins them. */
const apart = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}`
const word = new RegExp(String.raw`[${apart}]|(?![${apart}])[\p{L}\p{N}](?:[\p{M}'’.,-]*(?![${apart}])[\p{L}\p{N}\p{M}])*`, 'gu')
/** Gone through in some tens of milliseconds, after which the process turns to its heartbeats: a sheet may have 64 MB. */
const SECTION = 1_000_000

/** Hands over the words of a text in their order. */
export async function eachWord(text: string, take: (word: string) => void): Promise<void> {
  for (let start = 0; start < text.length;) {
    const blank = text.length - start <= SECTION ? -1 : text.lastIndexOf(' ', start + SECTION)
    const end = text.length - start <= SECTION ? text.length : blank > start ? blank : start + SECTION
    for (const [found] of text.slice(start, end).matchAll(word)) take(found)
    start = end
    if (start < text.length) await nextTurn()
  }
}

/** How many words a text has. */
export async function countWords(text: string): Promise<number> {
  let count = 0
  await eachWord(text, () => { count += 1 })
  return count
}
