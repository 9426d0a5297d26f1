import type { IncomingHttpHeaders } from 'node:http'
import { newRequestId, type FeatureSwitches, type Found, type Log, type RequestContext } from '@intellidocs/kernel'
import type { Credential, Identity, Modules } from '@intellidocs/domain'
import { carriesSessionCookie } from './origins.ts'
import type { ObserveCall } from './call-observer.ts'
import type { RateLimits } from './rate-limits.ts'
import type { Validity } from './validity.ts'

/** Where a call comes from and what it shows; on a socket `token` and `org` come from the connection parameters. */
export type Asked = {
  ip: string
  headers: IncomingHttpHeaders
  token?: string | undefined
  org?: string | undefined
  requestId?: string
  setCookie: (value: string) => void
  signal?: AbortSignal | undefined
  /** The one call is a `readProcedure`, whose read finds out itself who calls. */
  oneRead?: boolean
  /** The same request asks once more, for what its bytes took: it is no other call of the plan's. */
  again?: boolean
}
export type Context = RequestContext & { readonly credential: Credential | null }
export type CreateContext = (asked: Asked) => Promise<Context>

type Deps = { users: Pick<Modules['users'], 'identify' | 'arriving'>; limits: RateLimits; validity: Validity; log: Log; observeCall: ObserveCall; mayChange: () => Promise<void>; mayEdit: MayEdit; switches: FeatureSwitches; meterCall: MeterCall }

/** Holds a call by a key against the plan of its organization. Throws `quota.exceeded`. */
export type MeterCall = Modules['subscriptions']['apiCalls']['count']

/** Throws `plan.read_only` while the plan of the organization takes no changes. */
export type MayEdit = Modules['subscriptions']['mayEdit']

const bearerOf = (header: string | undefined): string | null => /^Bearer ([\x21-\x7e]{1,512})$/i.exec(header ?? '')?.[1] ?? null
const first = (value: string | string[] | undefined): string | null => (Array.isArray(value) ? value[0] : value) ?? null

/** Who is calling, for every way in: tRPC over HTTP and websocket, uploads, downloads. */
export function createContextFactory({ users, limits, validity, log, observeCall, mayChange, mayEdit, switches, meterCall }: Deps): CreateContext {
  return async (asked) => {
    await limits.admit(asked.ip)
    const requestId = asked.requestId ?? newRequestId()
    const org = asked.org ?? first(asked.headers['x-intellidocs-org'])
    const bearer = asked.token ?? bearerOf(asked.headers.authorization)
    const orgRequested = org === null || org === '' ? null : org.slice(0, 100)
    const presented = { bearer, cookie: asked.headers.cookie ?? null, org: orgRequested, requestId, address: asked.ip }
    const welcome = async (identity: Identity): Promise<Identity> => {
      // Counted at once: a call that fails before any procedure, or a socket that never makes one, would else cost the database and not the caller.
      if (identity.person === null && (bearer !== null || carriesSessionCookie(asked))) await limits.countCall({ ip: asked.ip, userId: null })
      if (identity.renewedCookie !== null) asked.setCookie(identity.renewedCookie)
      return identity
    }
    const parts = { asked, requestId, orgRequested, limits, validity, log, observeCall, mayChange, mayEdit, switches, meterCall }
    const arriving = asked.oneRead === true ? users.arriving(presented) : null
    if (arriving === null) return toContext({ ...parts, identity: await welcome(await users.identify(presented)) })
    const identify = async (found: Found): Promise<Identity> => {
      const identity = await welcome(await arriving.identify(found))
      if (identity.person !== null) await limits.countActor(identity.person.userId)
      meterKey(meterCall, identity)
      return identity
    }
    return { ...toContext({ ...parts, identity: unknownYet }), arrival: { lookup: arriving.lookup, identify } }
  }
}

/** Nobody, until the read of the call has found out: what does not ask for that lets nobody in. */
const unknownYet: Identity = Object.freeze({ person: null, actor: null, via: null, sessionToken: null, renewedCookie: null, credential: null })

type Parts = { asked: Asked; identity: Identity; requestId: string; orgRequested: string | null; limits: RateLimits; validity: Validity; log: Log; observeCall: ObserveCall; mayChange: () => Promise<void>; mayEdit: MayEdit; switches: FeatureSwitches; meterCall: MeterCall }

/** Browsers and terminals of people who signed in are not counted: who is paid for is there as a member. */
function meterKey(meterCall: MeterCall, { via, actor }: Pick<Identity, 'via' | 'actor'>): void {
  if (via === 'apiKey' && actor !== null) meterCall(actor)
}

function toContext({ asked, identity, requestId, orgRequested, limits, validity, log, observeCall, mayChange, mayEdit, switches, meterCall }: Parts): Context {
  const { person, actor, via, sessionToken, credential } = identity
  // Without `asked` in its closures: on a socket they live as long as it does, and would keep the headers of its request.
  const { ip, setCookie, again = false, headers: { 'user-agent': userAgent } } = asked
  return {
    requestId, log, person, actor, via, sessionToken, orgRequested, credential, ip, setCookie, userAgent,
    observeCall, mayChange, mayEdit, switches,
    countCall: async () => {
      await limits.countCall({ ip, userId: person?.userId ?? null })
      if (!again) meterKey(meterCall, { via, actor })
    },
    stillValid: () => (credential === null ? Promise.resolve(null) : validity.check(credential)),
    ...(asked.signal === undefined ? {} : { signal: asked.signal }),
  }
}
