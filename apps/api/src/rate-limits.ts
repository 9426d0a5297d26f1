import { isIPv6 } from 'node:net'
import { AppError } from '@intellidocs/kernel'
import type { SignInGuard } from '@intellidocs/domain'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

export type Limit = { readonly points: number; readonly seconds: number }
export type RateLimitSettings = {
  /** Calls of one account, whatever its keys, sessions and addresses. */
  readonly actor: Limit
  /** Calls from one address, whoever makes them. */
  readonly address: Limit
  /** Sign-ins for one e-mail address from one network address, and from one network address for all of them. */
  readonly signInPair: Limit
  readonly signInAddress: Limit
}

/** Far above what a person or an ingest does, far below what keeps two cores busy for others. */
export const defaultRateLimits: RateLimitSettings = {
  actor: { points: 20_000, seconds: 60 },
  address: { points: 40_000, seconds: 60 },
  signInPair: { points: 10, seconds: 300 },
  signInAddress: { points: 100, seconds: 300 },
}

/** The same for another number of calls that one account may make in a minute; one address makes twice as many. */
export const rateLimitsFor = (calls: number): RateLimitSettings => ({
  ...defaultRateLimits, actor: { points: calls, seconds: 60 }, address: { points: 2 * calls, seconds: 60 },
})

export type RateLimits = {
  /** Throws `rate.limited` when the address has nothing left, before anything is looked up for it. Counts nothing. */
  admit(ip: string): Promise<void>
  /** Counts one call: a batch of ten counts ten. Throws `rate.limited` with `details.retryAfterMs`. */
  countCall(caller: { ip: string; userId: string | null }): Promise<void>
  /** Counts a call that was counted for its address against its account, once that is known. */
  countActor(userId: string): Promise<void>
  readonly signIn: SignInGuard
}

/** One home or office: an IPv6 customer holds a whole /64 and could change address with every call. */
export function addressKey(ip: string): string {
  const plain = ip.startsWith('::ffff:') && ip.includes('.') ? ip.slice(7) : ip
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = plain.split('::')
  const groups = head.split(':').filter((group) => group !== '')
  if (tail !== undefined) {
    const rest = tail.split(':').filter((group) => group !== '')
    while (groups.length + rest.length < 8) groups.push('0')
    groups.push(...rest)
  }
  return `${groups.slice(0, 4).join(':')}::/64`
}

async function consume(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key)
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) throw limited(refusal)
    throw refusal
  }
}

const limited = (refusal: RateLimiterRes): AppError => new AppError('rate.limited', { details: { retryAfterMs: refusal.msBeforeNext } })

/** Counts in this process's memory: with several API processes each allows its share. */
export function createRateLimits(settings: RateLimitSettings = defaultRateLimits): RateLimits {
  const make = (keyPrefix: string, { points, seconds }: Limit) => new RateLimiterMemory({ keyPrefix, points, duration: seconds })
  const actor = make('actor', settings.actor)
  const address = make('address', settings.address)
  const signInPair = make('pair', settings.signInPair)
  const signInAddress = make('sign-in', settings.signInAddress)
  const pairOf = ({ ip, email }: { ip: string; email: string }): string => `${addressKey(ip)} ${email}`
  return {
    async admit(ip) {
      const used = await address.get(addressKey(ip))
      if (used !== null && used.consumedPoints > settings.address.points) throw limited(used)
    },
    async countCall({ ip, userId }) {
      await consume(address, addressKey(ip))
      if (userId !== null) await consume(actor, userId)
    },
    countActor: (userId) => consume(actor, userId),
    signIn: {
      async attempt(from) {
        await consume(signInAddress, addressKey(from.ip))
        await consume(signInPair, pairOf(from))
      },
      async succeeded(from) {
        await signInPair.delete(pairOf(from))
      },
    },
  }
}
