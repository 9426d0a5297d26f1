import type { Actor, Person } from './actor.ts'
import type { FeatureSwitches } from './ports.ts'
import type { Log } from './log.ts'
import type { Arriving, Found } from './unit-of-work.ts'

/** Somebody who shows a session or a key that nobody has looked at yet. */
export type Arrival = Pick<Arriving, 'lookup'> & {
  /** Who that is, given what the lookup found. Counts the call against them. */
  identify(found: Found): Promise<Pick<RequestContext, 'person' | 'actor'>>
}

/** What a procedure knows about its caller. Built once a request, and once a socket, by `apps/api`. */
export type RequestContext = {
  readonly requestId: string
  readonly log: Log
  /** Who is signed in; null for nobody. */
  readonly person: Person | null
  /** The person in the requested organization; null when none was named or they are not a member of it. */
  readonly actor: Actor | null
  /** Set where the one call of the request is a `readProcedure`: person and actor are null until its read has found them. */
  readonly arrival?: Arrival
  readonly via: 'session' | 'apiKey' | null
  readonly sessionToken: string | null
  /** The organization as it was named in the request (id or slug). */
  readonly orgRequested: string | null
  /** The caller's address, after the trusted proxies. */
  readonly ip: string
  /** What the caller says it is; absent where nothing was said. Shown to people, and never believed. */
  readonly userAgent?: string | undefined
  /** Sets the whole value of one `set-cookie` header. Does nothing on a socket. */
  setCookie(value: string): void
  /** Counts one call (not one request: a batch holds many) against the caller's limits; throws `rate.limited`. */
  countCall(call: { path: string; type: 'query' | 'mutation' | 'subscription' }): Promise<void>
  /** Throws `installation.read_only` while the installation takes no changes. Absent where nobody can set it so. */
  mayChange?(): Promise<void>
  /** What an administrator may have switched off. Absent where nobody can. */
  readonly switches?: FeatureSwitches
  /** Throws `plan.read_only` while the plan of the organization takes no changes. Absent where nobody pays. */
  mayEdit?(actor: Actor): Promise<void>
  /**
   * Measures and traces one call. `codeOf` says how a result ended: a code of the error table, or `ok`; never anything a caller could choose.
   */
  observeCall?<T>(call: { path: string; type: 'query' | 'mutation' | 'subscription' }, work: () => Promise<T>, codeOf: (result: T) => string): Promise<T>
  /**
   * Looks again whether session or key, account and membership still allow what they did at the start: the principals that the caller carries now
   * (`Actor.principals`), or null. Asked every second by open subscriptions.
   */
  stillValid(): Promise<readonly string[] | null>
  readonly signal?: AbortSignal
}
