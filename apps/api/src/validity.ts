import type { Credential } from '@intellidocs/domain'

/** Gathers the questions of many sockets and subscriptions into few statements. */
export type Validity = {
  /** Does this credential still open what it opened? Questions within a few milliseconds of each other share one look, and one answer each credential. */
  check(credential: Credential): Promise<boolean>
}

const GATHER_MS = 20
/** In one statement. The database client keeps the parameters of its last hundred statements for its error reports, so that they are kept small. */
const MOST_AT_ONCE = 500

type Question = PromiseWithResolvers<boolean> & { credential: Credential }

/** The same for credentials that open the same. */
export const keyOf = ({ session, key, userId, orgId, role }: Credential): string => [session, key, userId, orgId, role].join(' ')

export function createValidity(stillValid: (credentials: readonly Credential[]) => Promise<boolean[]>): Validity {
  let waiting = new Map<string, Question>()

  async function look(asked: Question[]): Promise<void> {
    try {
      const answers = await stillValid(asked.map(({ credential }) => credential))
      asked.forEach(({ resolve }, at) => resolve(answers[at] === true))
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
      if (question === undefined) waiting.set(key, question = { ...Promise.withResolvers<boolean>(), credential })
      return question.promise
    },
  }
}
