import type { OrgId } from '@intellidocs/contracts'

export type Turns = {
  readonly milliseconds: number
  /** Organizations whose turn it is; none: all are done. */
  readonly places: () => Promise<readonly OrgId[]>
  readonly work: (orgId: OrgId) => Promise<void>
  /** Puts one whose work failed behind the others. */
  readonly failed: (orgId: OrgId, error: unknown) => Promise<void>
  readonly beat: () => void
  readonly signal: AbortSignal
}

/**
 * Works for so long, organization by organization; `beat` is called between them. What fails of one holds up no other. `done`: nothing is left.
 * @throws the signal's reason, and what the last one threw where none could be done
 */
export async function workInTurns({ milliseconds, places, work, failed, beat, signal }: Turns): Promise<{ done: boolean }> {
  const until = performance.now() + milliseconds
  while (performance.now() < until) {
    const orgs = await places()
    if (orgs.length === 0) return { done: true }
    const failures: unknown[] = []
    for (const orgId of orgs) {
      beat()
      signal.throwIfAborted()
      await work(orgId).catch(async (error: unknown) => {
        signal.throwIfAborted()
        await failed(orgId, error)
        failures.push(error)
      })
    }
    if (failures.length === orgs.length) throw failures.at(-1)
  }
  return { done: false }
}
