/** What was asked lately, by its key. */
export type Remembered<K, V> = {
  /** The answer that is there, or that of `ask`. One that failed is not remembered: the next one who asks looks again. */
  get(key: K, ask: () => Promise<V>): Promise<V>
  /** The next one who asks looks again. */
  forget(): void
}

/** Remembers answers for `ms` milliseconds; `most` of them at once: beyond that all are thrown away. */
export function createRemembered<K, V>({ ms, most = 10_000 }: { ms: number; most?: number }): Remembered<K, V> {
  const answers = new Map<K, { readonly at: number; readonly answer: Promise<V> }>()
  return {
    get(key, ask) {
      const now = performance.now()
      const last = answers.get(key)
      if (last !== undefined && now - last.at <= ms) return last.answer
      if (answers.size >= most) answers.clear()
      const next = { at: now, answer: ask() }
      answers.set(key, next)
      next.answer.catch(() => { if (answers.get(key) === next) answers.delete(key) })
      return next.answer
    },
    forget: () => answers.clear(),
  }
}
