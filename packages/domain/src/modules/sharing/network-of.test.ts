import { expect, test } from 'vitest'
import { networkOf } from './network-of.ts'

test.each([
  ['192.0.2.77', '192.0.2.0/24'], ['::ffff:192.0.2.77', '192.0.2.0/24'], ['2001:db8:12:3456::9', '2001:db8:12::/48'], ['2001:db8::1', '2001:db8:0::/48'], ['::1', '0:0:0::/48'],
  ['2001:0DB8:0012:0:1:2:3:4', '2001:db8:12::/48'], ['fe80::1%eth0', 'fe80:0:0::/48'], ['', 'unknown'], ['somewhere', 'unknown'], ['1.2.3', 'unknown'],
])('of %s it keeps %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
