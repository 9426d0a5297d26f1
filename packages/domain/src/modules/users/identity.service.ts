import { hashToken, type Actor, type Clock, type Found, type Person, type RunAsIdentity, type Source, type Tx } from '@intellidocs/kernel'
import type { OrgId, Permission, UserId } from '@intellidocs/contracts'
import type { Statement } from '@intellidocs/db'
import { hashSecret, parseApiKey, secretMatches } from './api-key.ts'
import type { ApiKeysRepository } from './api-keys.repository.ts'
import { keyArriving, readKey, readSession, sessionArriving } from './arrivals.repository.ts'
import { authorityOf, toHolding, type Holding } from './holdings.ts'
import { readSessionCookie, RENEW_SECONDS, type OrgRef, type SessionStore } from './session-store.ts'
import type { SessionRepository } from './session.repository.ts'
import { SUPPORT, supportHolding, supportNamed, type SupportPlaces } from './support.repository.ts'
import type { Credential, UsersRepository } from './users.repository.ts'
import { createActor } from './users.policy.ts'

/** What a request shows: the text after `Bearer`, the whole Cookie header, the organization it names (id or short name), and whence it comes. */
export type Presented = { bearer: string | null; cookie: string | null; org: string | null; requestId: string; address: string }

/**
 * Who is calling. `person` null: nobody that may come in. `actor` null: no organization named, or not one of theirs
 * (the two are told apart by what was asked, never by whether the organization exists).
 */
export type Identity = {
  person: Person | null
  actor: Actor | null
  via: 'session' | 'apiKey' | null
  sessionToken: string | null
  /** To be sent again as Set-Cookie because the session slid; null otherwise. */
  renewedCookie: string | null
  /** What `stillValid` wants to see later; null when nobody is signed in. */
  credential: Credential | null
}

/** How a read finds out itself who calls: the statement before its own, and what the row it answers stands for. */
export type ArrivingIdentity = { readonly lookup: Statement; identify(found: Found): Promise<Identity> }

export type IdentityService = {
  identify(presented: Presented): Promise<Identity>
  /**
   * The same within the caller's first read; null when nothing was presented. A session that is to slide, and whatever has a use to be noted,
   * is then identified once more in a unit that may write.
   */
  arriving(presented: Presented): ArrivingIdentity | null
  /**
   * For each credential: what its holder carries now (`Actor.principals`), or null where it does not open the same organization with the same rights
   * any more. One statement for all of them.
   */
  stillValid(credentials: readonly Credential[]): Promise<(readonly string[] | null)[]>
}
type Deps = { runAsIdentity: RunAsIdentity; clock: Clock; sessions: SessionStore; seen: SessionRepository['touch']; users: UsersRepository; apiKeys: ApiKeysRepository; support: SupportPlaces }

const nobody: Identity = Object.freeze({ person: null, actor: null, via: null, sessionToken: null, renewedCookie: null, credential: null })
const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

function orgRef(named: string | null): OrgRef | null {
  if (named === null) return null
  return uuidShape.test(named) ? { id: named.toLowerCase() } : { slug: named }
}
const isOrg = (ref: OrgRef, org: { id: string; slug: string }): boolean => ('id' in ref ? ref.id === org.id : ref.slug === org.slug)

type Place = { orgId: OrgId; holding: Holding }
type LetIn = { userId: UserId; platformAdmin: boolean; place: Place | null; scopes: readonly Permission[] | null; requestId: string; source: Source }

/** Person and actor of somebody who was let in. */
function admit({ userId, platformAdmin, place, scopes, requestId, source }: LetIn): { person: Person; actor: Actor | null } {
  return {
    person: Object.freeze({ userId, platformAdmin, requestId, source }),
    actor: place === null ? null : createActor({ kind: scopes === null ? 'user' : 'apiKey', userId, ...place, scopes, requestId, source }),
  }
}

function bySession(deps: Deps, presented: Presented, fromCookie: boolean, token: string): Promise<Identity> {
  return deps.runAsIdentity(async (tx) => {
    const named = supportNamed(presented.org)
    const lucia = deps.sessions.within(tx, named === null ? orgRef(presented.org) : null)
    const { session, user: found } = await lucia.validateSession(token)
    if (session === null || !found.user.active) return nobody
    const { id: userId, platformAdmin, membership, sessionId } = found.user
    const supported = named === null || !platformAdmin ? null : await bySupport(deps, tx, { session: hashToken(token), userId, named })
    const place = supported ?? membership
    if (found.user.unseen) await deps.seen(tx, hashToken(token), presented.address)
    const source = { sessionId, keyId: null, address: presented.address }
    return {
      ...admit({ userId, platformAdmin, place, scopes: null, requestId: presented.requestId, source }),
      via: 'session',
      sessionToken: token,
      renewedCookie: session.fresh && fromCookie ? lucia.createSessionCookie(token).serialize() : null,
      credential: {
        session: hashToken(token), key: null, userId, orgId: place?.orgId ?? null,
        authority: place === null ? null : supported === null ? authorityOf(place.holding, null) : SUPPORT,
      },
    }
  })
}

/** By consent of an owner, for a time. */
async function bySupport(deps: Deps, tx: Tx, { named, ...of }: { session: string; userId: UserId; named: string }): Promise<Place | null> {
  const ref = orgRef(named)
  const orgId = ref === null ? null : await deps.support.find(tx, of, ref)
  return orgId === null ? null : { orgId, holding: supportHolding(orgId, of.userId) }
}

async function byKey(deps: Deps, tx: Tx, presented: Presented, parsed: { prefix: string; secret: string }): Promise<Identity> {
  const now = deps.clock.now()
  const key = await deps.apiKeys.findByPrefix(tx, parsed.prefix)
  const opens = secretMatches(key?.secretHash ?? null, parsed.secret)
  if (key === null || !opens || key.holding === null) return nobody
  if (key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= now)) return nobody
  await deps.apiKeys.touch(tx, key.id, now)
  const ref = orgRef(presented.org)
  const { holding, scopes, userId, orgId } = key
  const place = ref === null || isOrg(ref, { id: orgId, slug: key.orgSlug }) ? { orgId, holding } : null
  const source = { sessionId: null, keyId: key.id, address: presented.address }
  return {
    // A key never carries its owner's rights over the installation: it is bound to one organization.
    ...admit({ userId, platformAdmin: false, place, scopes, requestId: presented.requestId, source }),
    via: 'apiKey',
    sessionToken: null,
    renewedCookie: null,
    credential: { session: null, key: key.id, userId, orgId, authority: authorityOf(holding, scopes) },
  }
}

/** The session token that was presented; null for none. */
const tokenOf = ({ bearer, cookie }: Presented): string | null => bearer ?? (cookie === null ? null : readSessionCookie(cookie))

async function identify(deps: Deps, presented: Presented): Promise<Identity> {
  const parsed = presented.bearer === null ? null : parseApiKey(presented.bearer)
  if (parsed !== null) return deps.runAsIdentity((tx) => byKey(deps, tx, presented, parsed))
  const token = tokenOf(presented)
  return token === null ? nobody : bySession(deps, presented, presented.bearer === null, token)
}

function arriving(deps: Deps, presented: Presented): ArrivingIdentity | null {
  // Consents are no part of the lookup that all others pay for.
  if (supportNamed(presented.org) !== null) return null
  const org = orgRef(presented.org)
  const key = presented.bearer === null ? null : parseApiKey(presented.bearer)
  if (key !== null) {
    const lookup = keyArriving({ prefix: key.prefix, secretHash: hashSecret(key.secret) }, org, deps.clock.now())
    return { lookup, identify: async (found) => (found === null ? nobody : arrivedByKey(found, presented) ?? identify(deps, presented)) }
  }
  const token = tokenOf(presented)
  if (token === null) return null
  const session = hashToken(token)
  return {
    lookup: sessionArriving(session, org, RENEW_SECONDS),
    identify: async (found) => (found === null ? nobody : arrivedBySession(found, presented, { token, session }) ?? identify(deps, presented)),
  }
}

/** Null for what is stale. */
function arrivedBySession(found: NonNullable<Found>, { requestId, address }: Presented, { token, session }: { token: string; session: string }): Identity | null {
  const { userId, platformAdmin, orgId, sessionId, stale, ...row } = readSession(found)
  if (stale) return null
  const holding = toHolding(row)
  const place = orgId === null || holding === null ? null : { orgId, holding }
  const source = { sessionId, keyId: null, address }
  return {
    ...admit({ userId, platformAdmin, place, scopes: null, requestId, source }), via: 'session', sessionToken: token, renewedCookie: null,
    credential: { session, key: null, userId, orgId, authority: place === null ? null : authorityOf(place.holding, null) },
  }
}

function arrivedByKey(found: NonNullable<Found>, { requestId, address }: Presented): Identity | null {
  const { userId, orgId, stale, keyId, keyOrgId, scopes, ...row } = readKey(found)
  const holding = toHolding(row)
  if (stale || holding === null) return null
  const place = orgId === null ? null : { orgId, holding }
  const source = { sessionId: null, keyId, address }
  return {
    ...admit({ userId, platformAdmin: false, place, scopes, requestId, source }), via: 'apiKey', sessionToken: null,
    renewedCookie: null, credential: { session: null, key: keyId, userId, orgId: keyOrgId, authority: authorityOf(holding, scopes) },
  }
}

/** Of those who look by consent, what they carry while it stands. */
async function supportedOf({ support }: Deps, tx: Tx, credentials: readonly Credential[]): Promise<Map<Credential, readonly string[]>> {
  const found = new Map<Credential, readonly string[]>()
  for (const credential of credentials) {
    const { authority, session, userId, orgId } = credential
    if (authority !== SUPPORT || session === null || orgId === null) continue
    if (await support.find(tx, { session, userId }, { id: orgId }) !== null) found.set(credential, supportHolding(orgId, userId).principals)
  }
  return found
}

export function createIdentityService(deps: Deps): IdentityService {
  return {
    identify: (presented) => identify(deps, presented),
    arriving: (presented) => arriving(deps, presented),
    async stillValid(credentials) {
      if (credentials.length === 0) return []
      const [standing, supported] = await deps.runAsIdentity(async (tx) => [
        await deps.users.standing(tx, credentials, deps.clock.now()), await supportedOf(deps, tx, credentials),
      ] as const)
      const held = new Map(standing.map((row) => [row.n, row]))
      return credentials.map((credential, n) => {
        if (credential.authority === SUPPORT) return supported.get(credential) ?? null
        const row = held.get(n)
        if (row === undefined) return null
        return credential.orgId === null || row.authority === credential.authority ? row.principals : null
      })
    },
  }
}
