import { Resolver } from 'node:dns/promises'

/** Finds the addresses of a name; an empty list is none. May reject. */
export type Resolve = (name: string, signal: AbortSignal) => Promise<readonly string[]>

const TRY_MS = 2_500

/**
 * By DNS alone. Not by the system's `getaddrinfo`: Node asks that on four threads, which it shares with the reading of files, and four names whose
 * servers say nothing would keep everybody else waiting. So names of /etc/hosts are not found.
 */
export const resolveByDns: Resolve = async (name, signal) => {
  const resolver = new Resolver({ timeout: TRY_MS, tries: 2 })
  const cancel = (): void => { resolver.cancel() }
  signal.addEventListener('abort', cancel, { once: true })
  try {
    const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
    return found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}
