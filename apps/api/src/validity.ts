import type { Credential } from '@intellidocs/domain'

/** Gathers the questions of many sockets and subscriptions into one statement. */
export type Validity = {
  /** Does this credential still open what it opened? Answers asked within a few milliseconds of each other share one look. */
  check(credential: Credential): Promise<boolean>
}

const GATHER_MS = 20
const MOST_AT_ONCE = 2000

type Waiting = { credential: Credential; resolve: (valid: boolean) => void; reject: (error: unknown) => void }

export function createValidity(stillValid: (credentials: readonly Credential[]) => Promise<boolean[]>): Validity {
  let waiting: Waiting[] = []

  async function look(asked: Waiting[]): Promise<void> {
    try {
      const answers = await stillValid(asked.map(({ credential }) => credential))
      asked.forEach(({ resolve }, at) => resolve(answers[at] === true))
    } catch (error) {
      for (const { reject } of asked) reject(error)
    }
  }

  function flush(): void {
    const all = waiting
    waiting = []
    for (let at = 0; at < all.length; at += MOST_AT_ONCE) void look(all.slice(at, at + MOST_AT_ONCE))
  }

  return {
    check: (credential) => new Promise((resolve, reject) => {
      if (waiting.length === 0) setTimeout(flush, GATHER_MS)
      waiting.push({ credential, resolve, reject })
    }),
  }
}
