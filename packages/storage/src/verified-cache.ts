import type { BigIntStats } from 'node:fs'

const ENTRIES = 10_000
const MINUTES = 15

/** What was hashed and found sound a short while ago, so that every range of a download does not hash the whole blob again. */
export type VerifiedCache = { has(path: string, facts: BigIntStats): boolean; add(path: string, facts: BigIntStats): void }

/** A write to the file changes its times or its inode and so drops it from here; damage below the file system is found when the entry expires. */
export function createVerifiedCache(now: () => number = Date.now): VerifiedCache {
  const entries = new Map<string, { print: string; until: number }>()
  const printOf = (f: BigIntStats) => `${f.ino} ${f.size} ${f.mtimeNs} ${f.ctimeNs}`
  return {
    has(path, facts) {
      const entry = entries.get(path)
      return entry !== undefined && entry.print === printOf(facts) && entry.until > now()
    },
    add(path, facts) {
      entries.delete(path)
      entries.set(path, { print: printOf(facts), until: now() + MINUTES * 60_000 })
      const oldest = entries.keys().next()
      if (entries.size > ENTRIES && !oldest.done) entries.delete(oldest.value)
    },
  }
}
