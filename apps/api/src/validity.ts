import type { Credential } from '@intellidocs/domain'

/** Gathers the questions of many sockets and subscriptions into few statements. */
export type Validity = {
  /**
   * What the holder of this credential carries now, null when it does not open what it opened any more. Questions within a few milliseconds of each other share one look, and one
   * answer each credential.
   */
  check(credential: Credential): Promise<readonly string[] | null>
}

const GATHER_MS = 20
/** In one statement. The database client keeps the parameters of its last hundred statements for its error reports, so that they are kept small. */
const MOST_AT_ONCE = 500

type Question = PromiseWithResolvers<readonly string[] | null> & { credential: Credential }

/** The same for credentials that open the same. */
export const keyOf = ({ session, key, userId, orgId, authority }: Credential): string => [session, key, userId, orgId, authority].join(' ')

export function createValidity(stillValid: (credentials: readonly Credential[]) => Promise<(readonly string[] | null)[]>): Validity {
  let waiting = new Map<string, Question>()

  async function look(asked: Question[]): Promise<void> {
    try {
      const answers = await stillValid(asked.map(({ credential }) => credential))
      asked.forEach(({ resolve }, at) => resolve(answers[at] ?? null))
    } catch (error) {
      for (const { reject } of asked) reject(error)
    }
  }

  function flush(): void {
    const all = [...waiting.values()]
    waiting = new Map()
    for (let at = 0; at < all.length; at += MOST_AT_ONCE) void look(all.slice(at, at + MOST_AT_ONCE))
  }

  return {
    check(credential) {
      if (waiting.size === 0) setTimeout(flush, GATHER_MS)
      const key = keyOf(credential)
      let question = waiting.get(key)
      if (question === undefined) waiting.set(key, question = { ...Promise.withResolvers<readonly string[] | null>(), credential })
      return question.promise
    },
  }
}
