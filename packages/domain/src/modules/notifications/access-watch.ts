import { AppError, type Clock } from '@intellidocs/kernel'

const EVERY_MS = 1_000

export type Access = {
  /** Resolves when access was confirmed within the last second, asking if need be; rejects when it is gone or cannot be told. */
  confirm(): Promise<void>
  stop(): void
}
export type Watched = {
  /** What the caller carries now; null: they may not listen. One answer, the same promise, for all that are asked about together and stand or fall together. */
  stillValid(): Promise<readonly string[] | null>
  /** Access stands, with these principals. */
  onPresent(principals: readonly string[]): void
  /** Gets the error to end with: not being able to ask is not permission. */
  onLost(error: Error): void
}
export type AccessWatch = { add(watched: Watched): Access }

/**
 * Asks every second whether the callers may still listen, so that a revoked session, key or membership ends an open stream within two
 * seconds even when no event comes. One clock for all streams: what is asked together can be answered by one statement, and those who get
 * the same answer wait for it together.
 */
export function createAccessWatch({ clock, everyMs = EVERY_MS }: { clock: Clock; everyMs?: number }): AccessWatch {
  const all = new Set<WatchedAccess>()
  let timer: NodeJS.Timeout | undefined
  const rules: Rules = {
    clock, everyMs,
    leave(access) {
      all.delete(access)
      if (all.size === 0) clearInterval(timer)
    },
  }
  return {
    add(watched) {
      const access = new WatchedAccess(watched, rules)
      if (all.size === 0) timer = setInterval(() => lookAtAll(all), everyMs)
      all.add(access)
      return access
    },
  }
}

function lookAtAll(all: Iterable<WatchedAccess>): void {
  const asking = new Map<Answer, WatchedAccess[]>()
  for (const access of all) {
    const answer = access.ask()
    const others = asking.get(answer)
    if (others === undefined) asking.set(answer, [access])
    else others.push(access)
  }
  for (const [answer, together] of asking) {
    answer.then(
      (principals) => { for (const access of together) access.looked(answer, principals ?? gone()) },
      (error: unknown) => { for (const access of together) access.looked(answer, unknown(error)) },
    )
  }
}

type Answer = Promise<readonly string[] | null>
type Rules = { readonly clock: Clock; readonly everyMs: number; leave(access: WatchedAccess): void }
const confirmed = Promise.resolve()
const gone = (): Error => new AppError('auth.required')
const unknown = (cause: unknown): Error => new AppError('service.unavailable', { cause })

class WatchedAccess implements Access {
  readonly #watched: Watched
  readonly #rules: Rules
  #confirmedAt: number
  #askedAt = 0
  #asking: Answer | null = null

  constructor(watched: Watched, rules: Rules) {
    this.#watched = watched
    this.#rules = rules
    this.#confirmedAt = this.#now()
  }

  confirm(): Promise<void> {
    // The timer may be late on a busy process; no event passes on older knowledge.
    return this.#now() - this.#confirmedAt < this.#rules.everyMs ? confirmed : this.#confirmAnew()
  }

  stop(): void {
    this.#rules.leave(this)
  }

  /** The answer that is on its way, or that to a new question. */
  ask(): Answer {
    if (this.#asking === null) {
      this.#askedAt = this.#now()
      this.#asking = this.#watched.stillValid()
    }
    return this.#asking
  }

  /** What came of an `ask`, unless `confirm` has dealt with it. */
  looked(answer: Answer, found: readonly string[] | Error): void {
    if (this.#asking !== answer) return
    this.#asking = null
    if (found instanceof Error) this.#watched.onLost(found)
    else this.#stands(found, this.#askedAt)
  }

  #stands(principals: readonly string[], askedAt: number): void {
    this.#confirmedAt = askedAt
    this.#watched.onPresent(principals)
  }

  async #confirmAnew(): Promise<void> {
    const answer = this.ask()
    const askedAt = this.#askedAt
    let principals: readonly string[] | null
    try {
      principals = await answer
    } catch (error) {
      throw unknown(error)
    } finally {
      if (this.#asking === answer) this.#asking = null
    }
    if (principals === null) throw gone()
    this.#stands(principals, askedAt)
  }

  #now(): number {
    return this.#rules.clock.now().getTime()
  }
}
