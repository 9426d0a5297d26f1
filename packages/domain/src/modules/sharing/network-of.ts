import { isIPv4 } from 'node:net'
import { ipv6Groups, plainIp } from '@intellidocs/kernel'

/**
 * The network of an address: /24 of IPv4, /48 of IPv6, as much as tells one visitor's town from another's and not one visitor from their neighbours.
 * What is no address is `unknown`.
 */
export function networkOf(ip: string): string {
  const plain = plainIp(ip)
  if (isIPv4(plain)) return `${plain.split('.').slice(0, 3).join('.')}.0/24`
  const groups = ipv6Groups(plain)
  return groups === null ? 'unknown' : `${groups.slice(0, 3).map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/48`
}
