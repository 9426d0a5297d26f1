/** Runs `work` for every item, `width` at a time; stops at the first failure, which is thrown once what was begun has ended. */
export async function forEachBounded<T>(items: AsyncIterable<readonly T[]>, width: number, work: (item: T) => Promise<void>): Promise<void> {
  for await (const batch of items) {
    const left = batch[Symbol.iterator]()
    const outcomes = await Promise.allSettled(Array.from({ length: width }, async () => {
      for (const item of left) await work(item)
    }))
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed) throw failed.reason
  }
}
