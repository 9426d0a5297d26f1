import { Resolver } from 'node:dns/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** Finds the addresses of a name; an empty list is none. May reject. */
export type Resolve = (name: string, signal: AbortSignal) => Promise<readonly string[]>

const TRY_MS = 2_500
/** Once one family of addresses is known, the other one is waited for no longer: there are servers of names that drop what they do not know. */
const OTHER_MS = 500

/**
 * By DNS alone. Not by the system's `getaddrinfo`: Node asks that on four threads, which it shares with the reading of files, and four names whose
 * servers say nothing would keep everybody else waiting. So names of /etc/hosts are not found.
 */
export const resolveByDns: Resolve = (name, signal) => resolveWith(new Resolver({ timeout: TRY_MS, tries: 2 }), name, signal)

/** Only those addresses are answered, and so only those are ever called, that were known in time. */
export async function resolveWith(resolver: Pick<Resolver, 'resolve4' | 'resolve6' | 'cancel'>, name: string, signal: AbortSignal): Promise<readonly string[]> {
  const cancel = (): void => { resolver.cancel() }
  signal.addEventListener('abort', cancel, { once: true })
  const found: string[] = []
  // A family of which the name has no address is an error to the resolver.
  const families = [resolver.resolve4(name), resolver.resolve6(name)].map(async (asked) => { found.push(...await asked) })
  const all = Promise.allSettled(families)
  try {
    await Promise.race([all, Promise.any(families).then(() => sleep(OTHER_MS, undefined, { ref: false }), () => all)])
    return [...found]
  } finally {
    signal.removeEventListener('abort', cancel)
    cancel()
  }
}
