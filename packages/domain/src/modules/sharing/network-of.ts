import { isIPv4, isIPv6 } from 'node:net'

/** The eight groups of an IPv6 address; what `::` stands for is written out. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = address.split('::')
  const [front, back] = [head, tail ?? ''].map((part) => part.split(':').filter((group) => group !== '')) as [string[], string[]]
  return [...front, ...Array.from({ length: tail === undefined ? 0 : 8 - front.length - back.length }, () => '0'), ...back]
}

/**
 * The network of an address: /24 of IPv4, /48 of IPv6, as much as tells one visitor's town from another's and not one visitor from their neighbours.
 * What is no address is `unknown`.
 */
export function networkOf(ip: string): string {
  const plain = ip.startsWith('::ffff:') && isIPv4(ip.slice(7)) ? ip.slice(7) : ip
  if (isIPv4(plain)) return `${plain.split('.').slice(0, 3).join('.')}.0/24`
  if (!isIPv6(plain)) return 'unknown'
  return `${groupsOf(plain.split('%')[0] ?? '').slice(0, 3).map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/48`
}
