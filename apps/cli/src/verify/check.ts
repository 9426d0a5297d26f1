import type { Tx } from '@intellidocs/db'

/** Differences of one kind and one organization that are named; the rest would only repeat them. */
export const NAMED = 1000

/** Names the rows of one organization that are not as they should be. */
export type Check = (tx: Tx, stuckBefore: Date) => Promise<{ readonly subject: string }[]>
