/** The name of a text; empty where it has none, which is how the protocol says so. */
export type StatementNames = (text: string) => string

/** Uses after which a text is worth a plan that is kept. */
const OFTEN = 5
/** Kept plans at most, on each connection: one takes some 10 to 300 KB of Postgres' memory. */
const MOST = 256
/** Texts that are counted at once: those with a list of varying length in them would otherwise be counted for ever. */
const COUNTED = 2_048

/**
 * Names for the statements that this process sends often, so that the server keeps what it has planned: planning took nearly twice the time of running
 * in the units of an approval. No name where a text is rare, or too many have names already: it is planned each time, as without names.
 * Whether a kept plan is used, or a new one made for these values, is still for the server to decide (`plan_cache_mode` is `auto`).
 */
export function createStatementNames({ often = OFTEN, most = MOST, counted = COUNTED } = {}): StatementNames {
  const names = new Map<string, string>()
  const uses = new Map<string, number>()
  return (text) => {
    const name = names.get(text)
    if (name !== undefined || names.size >= most) return name ?? ''
    const used = (uses.get(text) ?? 0) + 1
    if (used < often) {
      if (uses.size >= counted) uses.clear()
      uses.set(text, used)
      return ''
    }
    uses.delete(text)
    const given = `unit_${names.size + 1}`
    names.set(text, given)
    return given
  }
}
