import { expect, test } from 'vitest'
import { readSessionCookie } from './session-store.ts'

test.each([
  ['__Host-intellidocs=abc', 'abc'], ['a=b; __Host-intellidocs=abc; c=d', 'abc'], ['__Host-intellidocs=', null], ['intellidocs=abc', null], ['', null],
  ['x__Host-intellidocs=abc', null], ['a=__Host-intellidocs=abc', null],
])('the session in the cookie header %j is %j', (header, token) => {
  expect(readSessionCookie(header)).toBe(token)
})
