import { reindexFaults, type ReindexFault } from '@intellidocs/contracts'

/** How many of each kind; what is not named is none. */
export type Tally = Readonly<Partial<Record<ReindexFault, number>>>

/** What a step found and what of it is healed; `next`: where the stage goes on, null at its end; `looked`: documents that it compared. */
export type StepDone = { readonly next: string | null; readonly looked: number; readonly found: Tally; readonly healed: Tally }

export function sumOf(tallies: readonly Tally[]): Tally {
  const sum: Partial<Record<ReindexFault, number>> = {}
  for (const tally of tallies) {
    for (const fault of reindexFaults) {
      const more = tally[fault] ?? 0
      if (more > 0) sum[fault] = (sum[fault] ?? 0) + more
    }
  }
  return sum
}

/** Every kind with its number. */
export const wholeTally = (tally: Tally): Record<ReindexFault, number> =>
  Object.fromEntries(reindexFaults.map((fault) => [fault, tally[fault] ?? 0])) as Record<ReindexFault, number>

export const totalOf = (tally: Tally): number => reindexFaults.reduce((sum, fault) => sum + (tally[fault] ?? 0), 0)
