import { describe, expect, test } from 'vitest'
import { createAddressRule } from './addresses.ts'

describe('without an allow-list', () => {
  const { mayReach } = createAddressRule([])
  test.each([
    ['this host', '0.0.0.0', '0.1.2.3', '::'], ['loopback', '127.0.0.1', '127.255.255.254', '::1'], ['private', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12::1'],
    ['link-local and metadata', '169.254.169.254', '169.254.0.1', 'fe80::1', 'fe80::1%eth0', 'fd00:ec2::254'], ['carrier-grade NAT', '100.64.0.1', '100.100.100.200', '100.127.255.255'],
    ['the inside of clouds', '192.0.0.192', '168.63.129.16'], ['multicast and broadcast', '224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1'],
    ['documentation, measuring, reserved', '192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1', '198.19.255.255', '240.0.0.1', '192.88.99.1', '2001:db8::1', '100::1', '3fff::1', '4000::1', 'fec0::1'],
    ['IPv4 inside IPv6', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:7f00:1', '::127.0.0.1', '::7f00:1', '::8.8.8.8', '64:ff9b::7f00:1', '64:ff9b:1::1', '2002:7f00:1::', '2001::1', '::ffff:0:127.0.0.1'],
    ['no address at all', '', 'localhost', '1.2.3', '1.2.3.4.5', '1.2.3.4/8', '1::2::3', ' 8.8.8.8'],
  ])('%s is refused', (_what, ...addresses) => {
    expect(addresses.filter((address) => mayReach(address))).toEqual([])
  })

  test('public addresses are reached', () => {
    const addresses = ['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111', '2a00:1450:4001::1']
    expect(addresses.filter((address) => !mayReach(address))).toEqual([])
  })
})

test('an allow-list adds its ranges and addresses, of their own family, and nothing else', () => {
  const { mayReach } = createAddressRule(['127.0.0.0/8', '10.1.2.3', 'fd12::/16'])
  expect(['127.9.9.9', '10.1.2.3', 'fd12:1::1', '8.8.8.8'].filter((address) => !mayReach(address))).toEqual([])
  expect(['10.1.2.4', '::1', '::ffff:127.0.0.1', 'fd13::1', '169.254.169.254'].filter((address) => mayReach(address))).toEqual([])
})

test('an allow-list that holds something else is refused whole', () => {
  for (const range of ['localhost', '10.0.0.0/33', '10.0.0/8x', '']) expect(() => createAddressRule(['127.0.0.1', range]), range).toThrow()
})
