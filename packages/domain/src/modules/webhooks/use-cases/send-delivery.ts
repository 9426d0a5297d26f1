import type { WebhookAttempt } from '@intellidocs/contracts'
import { EgressError } from '@intellidocs/egress'
import { formatPosition, newId, systemActor, type Tx } from '@intellidocs/kernel'
import type { Claimed, Settlement, ToldEvent } from '../deliveries.repository.ts'
import type { Key } from '../endpoints.repository.ts'
import { openSecret, resealed, signatureHeaders } from '../signing.ts'
import { isSteadyFailure, nextTry, restUntil, verdictOf } from '../webhooks.policy.ts'
import type { WebhooksDeps } from '../webhooks.deps.ts'
import type { WebhookRef } from '../webhooks.types.ts'
import { pauseEndpoint } from './pause-endpoint.ts'

/** Of an answer that are kept, bytes. */
const KEPT_BYTES = 4_096
/** Of an answer that are read: two thousand of them may come at once, so not much more than is kept. */
const READ_BYTES = 16_384
const USER_AGENT = 'IntelliDocs-Webhooks/1'

type Sending = WebhookRef & { readonly claimed: Claimed; readonly signal: AbortSignal }
type Came = { readonly attempt: WebhookAttempt; readonly response: string | null }

/** The same for every try, to the byte. */
export function bodyOf({ type, at, xid, eventId, actorId, documentId, payload }: ToldEvent, orgId: WebhookRef['orgId']): string {
  const id = formatPosition({ xid: BigInt(xid), id: eventId })
  return JSON.stringify({ type, timestamp: at.toISOString(), data: { id, orgId, actorId, documentId, payload } })
}

/** One try of a claimed delivery, and what came of it written down. False when it was not taken. */
export async function sendDelivery(deps: WebhooksDeps, sending: Sending): Promise<boolean> {
  const came = await post(deps, sending)
  noteSpeed(deps, sending, came)
  if (came === null) {
    await deps.runInTx(systemActor(sending.orgId, newId()), (tx) => deps.deliveries.release(tx, sending.orgId, { ...sending.claimed, now: deps.clock.now() }))
    return false
  }
  return deps.runInTx(systemActor(sending.orgId, newId()), (tx) => settle(deps, tx, { ...sending, came }))
}

/** Null when this process was told to stop meanwhile: whether it arrived is unknown, and it is sent again. */
async function post(deps: WebhooksDeps, { orgId, endpointId, claimed, signal }: Sending): Promise<Came | null> {
  if (signal.aborted) return null
  const at = deps.clock.now()
  const body = bodyOf(claimed, orgId)
  const secrets = secretsOf(deps, claimed)
  if (secrets === null) {
    deps.log.error({ endpointId }, 'the secret of a webhook could not be opened')
    return { attempt: { at: at.toISOString(), ms: 0, status: null, error: 'secret' }, response: null }
  }
  const headers = { 'content-type': 'application/json', 'user-agent': USER_AGENT, ...signatureHeaders(secrets, { id: claimed.id, at, body }) }
  const started = performance.now()
  const attempt = (of: Pick<WebhookAttempt, 'status' | 'error'>): WebhookAttempt => ({ at: at.toISOString(), ms: Math.round(performance.now() - started), ...of })
  try {
    const answer = await deps.egress.post({ url: claimed.url, headers, body, signal, maxBytes: READ_BYTES })
    return { attempt: attempt({ status: answer.status, error: null }), response: readable(answer.body) }
  } catch (error) {
    if (!(error instanceof EgressError)) throw error
    if (error.reason === 'cancelled') return null
    return { attempt: attempt({ status: null, error: error.reason }), response: null }
  }
}

/** Null when the present one does not open: nothing is said without it. The one before it may have been sealed with a key that is gone. */
function secretsOf({ secretKeys }: WebhooksDeps, { secret, oldSecret }: Claimed): string[] | null {
  const present = openSecret(secretKeys, secret)
  const before = oldSecret === null ? null : openSecret(secretKeys, oldSecret)
  if (present === null) return null
  return before === null ? [present] : [present, before]
}

function noteSpeed({ slow, slowMs }: WebhooksDeps, { endpointId }: Sending, came: Came | null): void {
  if (came === null) return
  if (came.attempt.ms >= slowMs) slow.add(endpointId)
  else slow.delete(endpointId)
}

/** Text is kept as it is; what is none shows as the sign for that. The database takes no NUL. */
const readable = (body: Buffer): string => body.subarray(0, KEPT_BYTES).toString('utf8').replaceAll('\0', '\uFFFD')

async function settle(deps: WebhooksDeps, tx: Tx, { orgId, endpointId, claimed, came }: Sending & { came: Came }): Promise<boolean> {
  const key = { orgId, id: endpointId }
  const endpoint = await deps.endpoints.lock(tx, key)
  if (endpoint === null) return false
  await reseal(deps, tx, { key, claimed })
  const now = deps.clock.now()
  const verdict = verdictOf(came.attempt.status)
  const settled = await deps.deliveries.settle(tx, orgId, { ...fateOf(deps, { claimed, taken: verdict === 'taken', now }), ...came })
  if (!settled) return verdict === 'taken'
  if (verdict === 'taken') {
    if (endpoint.failures > 0) await deps.endpoints.noteSuccess(tx, key)
    return true
  }
  const failures = endpoint.failures + 1
  // Of a first try the moment that its 72 hours are counted from, so that an endpoint with one delivery is paused as that dies.
  const failingSince = endpoint.failingSince ?? (claimed.failures === 0 ? claimed.firstTriedAt : new Date(came.attempt.at))
  await deps.endpoints.noteFailure(tx, key, { failures, failingSince, restUntil: restUntil(failures, now) })
  const why = verdict === 'gone' ? 'gone' : isSteadyFailure(failingSince, now) ? 'failing' : null
  if (why !== null) await pauseEndpoint(deps, tx, { actor: systemActor(orgId, newId()), endpointId, why })
  return false
}

async function reseal(deps: WebhooksDeps, tx: Tx, { key, claimed: { secret, oldSecret } }: { key: Key; claimed: Claimed }): Promise<void> {
  for (const was of oldSecret === null ? [secret] : [secret, oldSecret]) {
    const fresh = resealed(deps.secretKeys, was)
    if (fresh !== null) await deps.endpoints.reseal(tx, key, { was, secret: fresh })
  }
}

type Tried = { readonly claimed: Claimed; readonly taken: boolean; readonly now: Date }

function fateOf({ random }: Pick<WebhooksDeps, 'random'>, { claimed, taken, now }: Tried): Omit<Settlement, 'attempt' | 'response'> {
  const { id, tries, firstTriedAt } = claimed
  if (taken) return { id, tries, state: 'delivered', failures: claimed.failures, nextAt: now, now }
  const failures = claimed.failures + 1
  const nextAt = nextTry({ failures, firstTriedAt, now, random: random() })
  return { id, tries, state: nextAt === null ? 'dead' : 'pending', failures, nextAt: nextAt ?? now, now }
}
