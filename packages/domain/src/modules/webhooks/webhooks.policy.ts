import { webhookTestType, type EventType } from '@intellidocs/contracts'
import type { Actor } from '@intellidocs/kernel'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** How long one delivery is tried, and how long an endpoint may take nothing before it is paused. */
export const PATIENCE_MS = 72 * HOUR
/** Before the second try, the third, and so on; the last stands for all that follow. */
const PAUSES_MS = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR]
/** Up to a fifth is added, so that what failed together does not come back together. */
const JITTER = 0.2
/** From so many failures in a row on the endpoint itself rests, and one try is made after each rest. */
const RESTS_FROM = 8
const [FIRST_REST_MS, LONGEST_REST_MS] = [30 * SECOND, 15 * MINUTE]

/** May this person own an endpoint, and be whom it hears as? */
export const mayOwn = (actor: Pick<Actor, 'permissions'>): boolean => actor.permissions.has('webhooks:manage')

/** Addresses and secrets are set in person: a key that leaked must not be able to leave an ear behind. */
export const mayPoint = (actor: Pick<Actor, 'kind'>): boolean => actor.kind === 'user'

/** An event as far as it decides who hears of it; `readable`: the person may read its document now. */
export type Told = { readonly type: EventType; readonly documentId: string | null; readonly audience: readonly string[] | null; readonly readable: boolean }

/**
 * May this person hear of the event? The rule of the live stream (`notifications.policy`), for the types that may leave; a test holds the two together. But for one thing: of
 * their own tasks only people are told who may not read runs, and no program of theirs.
 */
export function hears(actor: Pick<Actor, 'permissions' | 'principals'>, { type, documentId, audience, readable }: Told): boolean {
  if (type === webhookTestType) return true
  if (type.startsWith('workflows.') && !actor.permissions.has('flows:read')) return false
  if (audience !== null) return actor.permissions.has('documents:read') && audience.some((principal) => actor.principals.includes(principal))
  return documentId === null ? actor.permissions.has('orgs:read') : actor.permissions.has('documents:read') && readable
}

/** `taken`: 2xx, and nothing else, since a redirect is not followed. `gone`: 410, by which the receiver says that it wants nothing more. */
export function verdictOf(status: number | null): 'taken' | 'gone' | 'failed' {
  if (status === null) return 'failed'
  if (status === 410) return 'gone'
  return status >= 200 && status < 300 ? 'taken' : 'failed'
}

type Tries = {
  /** Tries that failed, this one among them. */
  readonly failures: number
  readonly firstTriedAt: Date
  readonly now: Date
  /** From 0 to 1. */
  readonly random: number
}

/** When a delivery that failed is tried again; null when its 72 hours are over. The last try comes at their end, whatever the steps before were. */
export function nextTry({ failures, firstTriedAt, now, random }: Tries): Date | null {
  const end = firstTriedAt.getTime() + PATIENCE_MS
  if (now.getTime() >= end) return null
  const pause = PAUSES_MS[Math.min(failures, PAUSES_MS.length) - 1] ?? 0
  return new Date(Math.min(end, now.getTime() + Math.round(pause * (1 + JITTER * random))))
}

/** Until when an endpoint rests after so many failures in a row; null when it does not. */
export function restUntil(failures: number, now: Date): Date | null {
  if (failures < RESTS_FROM) return null
  return new Date(now.getTime() + Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (failures - RESTS_FROM)))
}

/** Has the endpoint taken nothing for so long that it is paused? */
export const isSteadyFailure = (failingSince: Date, now: Date): boolean => now.getTime() - failingSince.getTime() >= PATIENCE_MS
