import type { Actor, Log } from '@intellidocs/kernel'

/** Does a part of an answer that can do without it. Null: it failed or took too long; the reason is in the log. */
export type Guarded = <T>(part: string, actor: Actor, work: () => Promise<T>) => Promise<T | null>

export const createGuard = (log: Log, milliseconds: number): Guarded => async (part, actor, work) => {
  try {
    return await within(milliseconds, work)
  } catch (error) {
    log.warn({ err: error, leg: part, requestId: actor.requestId }, 'a part of the search did not answer')
    return null
  }
}

/** Throws when the work takes longer. The work itself goes on; its statements end by their own time-out, and its failure then is nobody's. */
async function within<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds)
  })
  try {
    return await Promise.race([work(), late])
  } finally {
    clearTimeout(timer)
  }
}
