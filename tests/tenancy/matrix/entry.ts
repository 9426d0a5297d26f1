import type { ErrorCode } from '@intellidocs/contracts'
import type { Who } from './callers.ts'
import type { RuleName } from './things.ts'

/** An id in the input. `absent`: how one that is not there is answered where that is not the thing's own `not_found`; `ok` for an empty answer. */
export type Slot = RuleName | { readonly rule: RuleName; readonly absent: ErrorCode | 'ok' }
export type Ids = Readonly<Record<string, unknown>>

/** One way to make the input: its ids in the order in which they are looked at, and the rest. `unique` is another text for each case. */
export type Shape = {
  readonly ids?: Readonly<Record<string, Slot>>
  readonly input?: (ids: Ids, unique: string) => unknown
}

/**
 * What a procedure needs beside what its `meta.authz` says (public, signed in, or a permission, which the roles hold by `rolePermissions`): this table,
 * that list and the rules of `things.ts` are all that decides who may do what, for the cases and for docs/permissions.md.
 */
export type Entry = Shape & {
  /** One sentence: what it does, and what else it needs. */
  readonly says: string
  /** Only for somebody signed in themselves; what a key is answered. */
  readonly inPerson?: ErrorCode
  /** Only in the organization that the request names, although `meta.authz` does not say so: what others are answered. */
  readonly membersOnly?: ErrorCode
  /** What an id that is none is answered, where that is not `input.invalid`. */
  readonly malformed?: ErrorCode
  /** Beyond the permission. */
  readonly may?: (who: Who) => ErrorCode | null
  /** How an admitted call may end other than well, by the state of things. */
  readonly ends?: readonly ErrorCode[]
  /** It changes the standing of its caller, so that each case has a caller of its own. */
  readonly self?: true
  /** It tells callers what they wrote themselves, which bears the mark of their organization. */
  readonly ownWords?: true
  readonly also?: readonly Shape[]
}
