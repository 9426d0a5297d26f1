import { createHash } from 'node:crypto'
import type { Actor } from './actor.ts'
import { AppError } from './app-error.ts'
import type { Tx } from './unit-of-work.ts'

export type IdempotencyBegin = { readonly replay: unknown } | { readonly fresh: true }

export type Idempotency = {
  /**
   * Claims a key of this caller in their transaction. `fresh`: do the work and `finish` in the same transaction. `replay`: the stored answer.
   * Throws `idempotency.mismatch` for another content under the key, `idempotency.in_flight` while a first request has claimed but not answered.
   */
  begin(tx: Tx, actor: Actor, key: string, requestHash: string): Promise<IdempotencyBegin>
  /** Stores the answer (JSON). Committed with the work, or not at all. */
  finish(tx: Tx, actor: Actor, key: string, response: unknown): Promise<void>
  /** Deletes keys past their time, in a system transaction; answers how many. */
  expire(tx: Tx): Promise<number>
}

/** How long a key is remembered, as promised to callers. */
const KEPT_DAYS = 7

/** SHA-256 over a canonical form: the order of an object's keys does not matter. */
export function hashRequest(request: unknown): string {
  const canonical = JSON.stringify(request, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value)
  return createHash('sha256').update(canonical ?? 'null').digest('hex')
}

export function createIdempotency(): Idempotency {
  return { begin, finish, expire }
}

/**
 * The insert waits for another transaction that holds the same key; when that one commits, its row is what the conflict shows.
 * So of any number of callers one is fresh, and a loser finds either the answer or nothing (`in_flight`: the first had no answer to store).
 */
async function begin(tx: Tx, actor: Actor, key: string, requestHash: string): Promise<IdempotencyBegin> {
  const claimed = await tx.$executeRaw`
    insert into idempotency_key as k (org_id, user_id, key, request_hash, expires_at)
    values (${actor.orgId}::uuid, ${actor.userId}::uuid, ${key}, ${requestHash}, now() + make_interval(days => ${KEPT_DAYS}::int))
    on conflict (org_id, user_id, key) do update
      set request_hash = excluded.request_hash, response = null, created_at = now(), expires_at = excluded.expires_at
      where k.expires_at <= now()`
  if (claimed === 1) return { fresh: true }
  const [row] = await tx.$queryRaw<{ request_hash: string; response: unknown }[]>`
    select request_hash, response from idempotency_key
    where org_id = ${actor.orgId}::uuid and user_id = ${actor.userId}::uuid and key = ${key}`
  if (row !== undefined && row.request_hash !== requestHash) throw new AppError('idempotency.mismatch')
  if (row === undefined || row.response === null) throw new AppError('idempotency.in_flight')
  return { replay: unwrap(row.response) }
}

async function finish(tx: Tx, actor: Actor, key: string, response: unknown): Promise<void> {
  const count = await tx.$executeRaw`
    update idempotency_key set response = ${JSON.stringify({ answer: response ?? null })}::jsonb
    where org_id = ${actor.orgId}::uuid and user_id = ${actor.userId}::uuid and key = ${key} and response is null`
  if (count !== 1) throw new Error('idempotency: finish without begin')
}

const expire = (tx: Tx): Promise<number> => tx.$executeRaw`delete from idempotency_key where expires_at <= now()`

/** Answers are wrapped, so that an answer of null is told from none. */
const unwrap = (stored: unknown): unknown => (typeof stored === 'object' && stored !== null && 'answer' in stored ? stored.answer : null)
