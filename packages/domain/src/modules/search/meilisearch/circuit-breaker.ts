import type { Clock } from '@intellidocs/kernel'

/** Whether something that may be away is asked at all. */
export type CircuitBreaker = {
  /** False while it rests. After a rest one is let through, and its outcome decides. */
  allows(): boolean
  succeeded(): void
  failed(): void
}

/** `failures` in a row open it for `restMs`, so that a server that is away costs its time-out a few times, and not every query. */
export function createCircuitBreaker({ clock, failures = 3, restMs = 10_000 }: { clock: Clock; failures?: number; restMs?: number }): CircuitBreaker {
  let inARow = 0
  let restsUntil = 0
  return {
    allows() {
      if (inARow < failures) return true
      const now = clock.now().getTime()
      if (now < restsUntil) return false
      restsUntil = now + restMs
      return true
    },
    succeeded() { inARow = 0 },
    failed() {
      inARow += 1
      if (inARow >= failures) restsUntil = clock.now().getTime() + restMs
    },
  }
}
