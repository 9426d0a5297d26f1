import type { Actor } from './actor.ts'
import type { Tx } from './unit-of-work.ts'

/** Somebody who is to be forgotten: their address, in small letters, and what stands for them afterwards. */
export type Forgetting = { readonly email: string; readonly pseudonym: string }

/** How many rows do not name them any more; and how many go on doing so, because a legal hold is on what they belong to. */
export type Forgotten = { readonly changed: number; readonly held: number }

/** Takes an address, and the name beside it, out of what a module keeps of people from outside, in the caller's unit. Twice is as once. */
export type ForgetAddress = (tx: Tx, actor: Actor, of: Forgetting) => Promise<Forgotten>
