import type { Actor } from '@intellidocs/kernel'

/**
 * The actor of an open stream, whose principals are kept present by each look whether the stream may go on: a group that they left and a folder that
 * was taken from them are silent from the next look on, and the stream stays open, without gap or repetition. `principals` is another array only
 * when something changed.
 */
export function presentActor(
  actor: Actor, look: () => Promise<readonly string[] | null>,
): { readonly actor: Actor; readonly stillValid: () => Promise<boolean> } {
  const present = { ...actor }
  return {
    actor: present,
    async stillValid() {
      const principals = await look()
      if (principals === null) return false
      if (!isSame(principals, present.principals)) present.principals = principals
      return true
    },
  }
}

const isSame = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((principal, at) => principal === b[at])
