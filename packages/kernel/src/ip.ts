import { isIPv4, isIPv6 } from 'node:net'

/** An IPv4 address as it is written alone, where it came mapped into IPv6; every other text as it is. */
export const plainIp = (ip: string): string => (ip.startsWith('::ffff:') && isIPv4(ip.slice(7)) ? ip.slice(7) : ip)

/** The eight groups of an IPv6 address, without its zone; what `::` stands for is written out. Null for what is none. */
export function ipv6Groups(ip: string): string[] | null {
  if (!isIPv6(ip)) return null
  const [head = '', tail] = (ip.split('%')[0] ?? '').split('::')
  const [front, back] = [head, tail ?? ''].map((part) => part.split(':').filter((group) => group !== '')) as [string[], string[]]
  return [...front, ...Array.from({ length: tail === undefined ? 0 : 8 - front.length - back.length }, () => '0'), ...back]
}
