import { AppError, type Clock } from '@intellidocs/kernel'

const EVERY_MS = 1_000

export type Access = {
  /** Resolves when access was confirmed within the last second, asking if need be; rejects when it is gone or cannot be told. */
  confirm(): Promise<void>
  stop(): void
}
export type Watched = {
  stillValid: () => Promise<boolean>
  /** Gets the error to end with: not being able to ask is not permission. */
  onLost: (error: Error) => void
}
export type AccessWatch = { add(watched: Watched): Access }

/**
 * Asks every second whether the callers may still listen, so that a revoked session, key or membership ends an open stream within two
 * seconds even when no event comes. One clock for all streams: what is asked together can be answered by one statement.
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
      if (all.size === 0) timer = setInterval(() => { for (const one of all) one.look() }, everyMs)
      all.add(access)
      return access
    },
  }
}

type Rules = { readonly clock: Clock; readonly everyMs: number; leave(access: WatchedAccess): void }
const confirmed = Promise.resolve()

class WatchedAccess implements Access {
  readonly #watched: Watched
  readonly #rules: Rules
  #confirmedAt: number
  #asking: Promise<void> | null = null

  constructor(watched: Watched, rules: Rules) {
    this.#watched = watched
    this.#rules = rules
    this.#confirmedAt = this.#now()
  }

  look(): void {
    this.#askOnce().catch(this.#watched.onLost)
  }

  confirm(): Promise<void> {
    // The timer may be late on a busy process; no event passes on older knowledge.
    return this.#now() - this.#confirmedAt < this.#rules.everyMs ? confirmed : this.#askOnce()
  }

  stop(): void {
    this.#rules.leave(this)
  }

  #now(): number {
    return this.#rules.clock.now().getTime()
  }

  #askOnce(): Promise<void> {
    return (this.#asking ??= this.#ask().finally(() => { this.#asking = null }))
  }

  async #ask(): Promise<void> {
    const askedAt = this.#now()
    let valid: boolean
    try {
      valid = await this.#watched.stillValid()
    } catch (error) {
      throw new AppError('service.unavailable', { cause: error })
    }
    if (!valid) throw new AppError('auth.required')
    this.#confirmedAt = askedAt
  }
}
