import type { Bins } from './histogram.ts'

/*
 * Many small rows cost more on their way, and in the hands of everything they pass through, than what is summed: a series, a histogram and the days of
 * a person are each told as one text.
 */

/** `text`: parts by `;`, values by blanks. */
export const unpacked = (text: string): string[][] => text.split(';').map((part) => part.split(' '))

/** `text`: histograms by `;`, each `<its first bin>:<how many of it and of each that follows, by commas; nothing for none>`. Their sum; none for null. */
export function binsOf(text: string | null): Bins {
  const bins = new Map<number, number>()
  for (const histogram of text === null ? [] : text.split(';')) {
    const colon = histogram.indexOf(':')
    const first = Number(histogram.slice(0, colon))
    for (const [at, n] of histogram.slice(colon + 1).split(',').entries()) {
      if (n !== '') bins.set(first + at, (bins.get(first + at) ?? 0) + Number(n))
    }
  }
  return bins
}
