import { expect, test } from 'vitest'
import { deviceOf } from './device.ts'

const firefox = (version: number): string => `Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:${version}.0) Gecko/20100101 Firefox/${version}.0`

test.each([
  [firefox(140), 'Firefox on Windows'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1', 'Safari on iOS'],
  ['curl/8.5.0', 'curl'], ['node', 'node'], ['intellidocs/0.1.0 (linux)', 'intellidocs on Linux'],
  ['', 'Unknown device'], [null, 'Unknown device'], [undefined, 'Unknown device'], ['\u202eevil\r\nBcc: x', 'evil'], ['\u0000', 'Unknown device'],
])('%j is shown as %j', (userAgent, shown) => {
  expect(deviceOf(userAgent)).toBe(shown)
})

test('an update is no new device', () => {
  expect(deviceOf(firefox(141))).toBe(deviceOf(firefox(140)))
})

test('a text of any length ends as a short one', () => {
  expect(deviceOf('x'.repeat(100_000)).length).toBeLessThanOrEqual(80)
})
