import { AppError, ipv6Groups, plainIp, type AttemptGuard, type GuardedDeed } from '@intellidocs/kernel'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

export type Limit = { readonly points: number; readonly seconds: number }
/** Attempts at one kind of deed: about one account from one address, about one account, and from one address. */
export type AttemptLimits = { readonly pair: Limit; readonly account: Limit; readonly address: Limit }
export type RateLimitSettings = {
  /** Calls of one account, whatever its keys, sessions and addresses. */
  readonly actor: Limit
  /** Calls from one address, whoever makes them. */
  readonly address: Limit
  readonly attempts: Readonly<Record<GuardedDeed, AttemptLimits>>
}

const within = (seconds: number) => (pair: number, account: number, address: number): AttemptLimits =>
  ({ pair: { points: pair, seconds }, account: { points: account, seconds }, address: { points: address, seconds } })
const fiveMinutes = within(300)
const hour = within(3600)

/**
 * Calls: far above what a person or an ingest does, far below what keeps two cores busy for others. Guessing: an account's own limit is wide, so
 * that whoever guesses at it does not lock its owner out, except where the password is known already (`secondFactor`). What sends mail is narrow.
 */
export const defaultRateLimits: RateLimitSettings = {
  actor: { points: 20_000, seconds: 60 },
  address: { points: 40_000, seconds: 60 },
  attempts: {
    signIn: fiveMinutes(10, 200, 100),
    secondFactor: fiveMinutes(10, 10, 50),
    mailedToken: fiveMinutes(10, 20, 100),
    passwordReset: hour(5, 5, 50),
    signUp: hour(5, 5, 50),
    invitation: hour(200, 200, 400),
    // Counted for the address that gets the mail, whoever invites it.
    invitationMail: hour(5, 5, 400),
    // Of a link in a mail: its readers' servers follow it for all of them, from few addresses.
    unsubscribe: hour(20, 20, 2_000),
    // Of a link, whoever tries it: those who may open it, and have opened it, are not counted.
    shareOpen: fiveMinutes(20, 500, 200),
    // Counted for the link and the address that gets the mail.
    shareCode: hour(5, 5, 100),
    // Counted for the address that gets the mail, whatever the link, and whether that is for it or not: so the count tells nobody for whom a link is.
    shareCodeMail: hour(10, 10, 100),
    // Of a link for uploads: tokens that open nothing, and passwords.
    uploadLink: fiveMinutes(20, 200, 200),
    // Of a link for uploads, and who sends by it: each begun 16 MiB of files that were stored and then refused.
    uploadWaste: hour(64, 256, 128),
    // Counted for the address that gets the mail, whatever the link.
    uploadReceipt: hour(5, 10, 100),
  },
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
  readonly attempts: AttemptGuard
}

/** One home or office: an IPv6 customer holds a whole /64 and could change address with every call. */
export function addressKey(ip: string): string {
  const plain = plainIp(ip)
  const groups = ipv6Groups(plain)
  return groups === null ? plain : `${groups.slice(0, 4).join(':')}::/64`
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
  const make: MakeLimiter = (keyPrefix, { points, seconds }) => new RateLimiterMemory({ keyPrefix, points, duration: seconds })
  const actor = make('actor', settings.actor)
  const address = make('address', settings.address)
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
    attempts: createAttemptGuard(settings.attempts, make),
  }
}

/** Who signed in from an address within a fortnight does so again, however many others guess at the account from elsewhere. */
const AT_HOME_SECONDS = 14 * 86_400

type MakeLimiter = (keyPrefix: string, limit: Limit) => RateLimiterMemory

function createAttemptGuard(settings: RateLimitSettings['attempts'], make: MakeLimiter): AttemptGuard {
  const limitersOf = (deed: GuardedDeed) => {
    const { pair, account, address } = settings[deed]
    return { pair: make(`${deed} pair`, pair), account: make(`${deed} account`, account), address: make(`${deed} address`, address) }
  }
  const deeds: Readonly<Record<GuardedDeed, ReturnType<typeof limitersOf>>> = {
    signIn: limitersOf('signIn'), signUp: limitersOf('signUp'), passwordReset: limitersOf('passwordReset'), mailedToken: limitersOf('mailedToken'),
    secondFactor: limitersOf('secondFactor'), invitation: limitersOf('invitation'), invitationMail: limitersOf('invitationMail'),
    unsubscribe: limitersOf('unsubscribe'), shareOpen: limitersOf('shareOpen'), shareCode: limitersOf('shareCode'), shareCodeMail: limitersOf('shareCodeMail'), uploadLink: limitersOf('uploadLink'),
    uploadWaste: limitersOf('uploadWaste'), uploadReceipt: limitersOf('uploadReceipt'),
  }
  const pairOf = ({ ip, account }: { ip: string; account: string }): string => `${addressKey(ip)} ${account}`
  const atHome = make('signIn of late', { points: 1, seconds: AT_HOME_SECONDS })
  return {
    async attempt(deed, from) {
      const { pair, account, address } = deeds[deed]
      await consume(address, addressKey(from.ip))
      // The pair first: what it refuses does not use up what others may try at the account.
      await consume(pair, pairOf(from))
      if (deed === 'signIn' && await atHome.get(pairOf(from)) !== null) return
      await consume(account, from.account)
    },
    async admit(deed, from) {
      const { pair, account, address } = deeds[deed]
      for (const [limiter, key] of [[address, addressKey(from.ip)], [pair, pairOf(from)], [account, from.account]] as const) {
        const used = await limiter.get(key)
        if (used !== null && used.remainingPoints <= 0) throw limited(used)
      }
    },
    async succeeded(deed, from) {
      const { pair, account } = deeds[deed]
      await pair.delete(pairOf(from))
      await account.delete(from.account)
      if (deed === 'signIn') await atHome.set(pairOf(from), 1, AT_HOME_SECONDS)
    },
  }
}
