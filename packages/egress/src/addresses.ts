import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

export type AddressRule = {
  /** Whether a connection to this IP address may be made. False for what is no address. */
  readonly mayReach: (address: string) => boolean
}

const PUBLIC_IPV6 = ipaddr.parseCIDR('2000::/3')
/** In the public space by its number, and yet the inside of a cloud: Azure answers its machines there, with their secrets. */
const INSIDE_OF_CLOUDS: ReadonlySet<string> = new Set(['168.63.129.16'])

type Ip = ReturnType<typeof ipaddr.parse>
type Range = ReturnType<typeof ipaddr.parseCIDR>
const within = (address: Ip, [base, bits]: Range): boolean => address.kind() === base.kind() && address.match(base, bits)

/**
 * Public means: named `unicast` by the registries of IANA, as ipaddr.js has them; every range that is set apart (private, loopback, link-local with the
 * metadata services, carrier-grade NAT, multicast, documentation, reserved, and IPv6 that carries an IPv4 address) is not. Of IPv6 only what was ever
 * given out counts, since `::7f00:1` is loopback by another name to some systems and `unicast` to the library.
 */
function isPublic(address: Ip): boolean {
  if (address.range() !== 'unicast') return false
  return address.kind() === 'ipv6' ? within(address, PUBLIC_IPV6) : !INSIDE_OF_CLOUDS.has(address.toString())
}

/** `allow`: addresses and CIDR ranges that may be reached although they are not public. Throws for one that is neither. */
export function createAddressRule(allow: readonly string[]): AddressRule {
  const allowed = allow.map((range): Range => {
    if (range.includes('/')) return ipaddr.parseCIDR(range)
    const address = ipaddr.parse(range)
    return [address, address.kind() === 'ipv4' ? 32 : 128]
  })
  return {
    mayReach: (text) => {
      // The library takes short forms as well, and others may read these otherwise.
      if (isIP(text) === 0) return false
      const address = ipaddr.parse(text)
      return isPublic(address) || allowed.some((range) => within(address, range))
    },
  }
}
