import type { Actor } from '@intellidocs/kernel'

type Decider = Pick<Actor, 'kind' | 'permissions'>

/** Who is told which hold stands against a deletion; the others are told that one does. */
export const mayKnow = (actor: Decider): boolean =>
  actor.kind === 'system' || actor.permissions.has('holds:manage') || actor.permissions.has('retention:read')

/** A hold is ended by a person: a key that leaked must not be able to open the way for a deletion. */
export const mayRelease = (actor: Pick<Actor, 'kind'>): boolean => actor.kind === 'user'
