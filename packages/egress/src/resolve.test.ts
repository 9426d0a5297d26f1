import { expect, test } from 'vitest'
import { resolveWith } from './resolve.ts'

const never = () => new Promise<never>(() => undefined)
const none = () => Promise.reject(Object.assign(new Error('queryA ENODATA'), { code: 'ENODATA' }))
const of = (...addresses: string[]) => () => Promise.resolve(addresses)
const signal = new AbortController().signal

test.each([
  ['both families', of('192.0.2.1'), of('2001:db8::1'), ['192.0.2.1', '2001:db8::1']], ['IPv4 alone', of('192.0.2.1'), none, ['192.0.2.1']],
  ['IPv6 alone', none, of('2001:db8::1'), ['2001:db8::1']], ['neither', none, none, []],
  ['IPv4, by a server that drops the question for IPv6', of('192.0.2.1'), never, ['192.0.2.1']],
  ['IPv6, by a server that drops the question for IPv4', never, of('2001:db8::1'), ['2001:db8::1']],
])('a name that has %s', async (_what, resolve4, resolve6, expected) => {
  let cancelled = 0
  const resolver = { resolve4, resolve6, cancel: () => { cancelled += 1 } } as unknown as Parameters<typeof resolveWith>[0]
  expect(await resolveWith(resolver, 'hooks.example.org', signal)).toEqual(expected)
  expect(cancelled).toBe(1)
})

test('a question that nobody answers ends with the signal', async () => {
  const stop = new AbortController()
  const asked = Promise.withResolvers<string[]>()
  const resolver = { resolve4: () => asked.promise, resolve6: none, cancel: () => { asked.reject(new Error('ECANCELLED')) } } as unknown as Parameters<typeof resolveWith>[0]
  const found = resolveWith(resolver, 'hooks.example.org', stop.signal)
  stop.abort()
  expect(await found).toEqual([])
})
