import { describe, expect, test } from 'vitest'
import { mayChange, mayUpgrade } from './origins.ts'

const allowed = ['https://app.example']
const cookie = '__Host-intellidocs=abc'
const foreign = 'https://evil.example'

describe('who may change something', () => {
  test.each([
    ['a read with a cookie from elsewhere', 'GET', { cookie, origin: foreign }, true],
    ['a change with a cookie from the own origin', 'POST', { cookie, origin: 'https://app.example' }, true],
    ['a change with a cookie from elsewhere', 'POST', { cookie, origin: foreign }, false],
    ['a change with a cookie from a sandboxed page', 'POST', { cookie, origin: 'null' }, false],
    ['a change with a cookie and no origin', 'POST', { cookie }, false],
    ['a change with a cookie, no origin and the header', 'POST', { cookie, 'x-intellidocs-csrf': '1' }, true],
    ['a change without a cookie from elsewhere', 'POST', { origin: foreign }, false],
    ['a change without cookie and origin', 'POST', {}, true],
    ['a change with a bearer token from elsewhere', 'POST', { cookie, origin: foreign, authorization: 'Bearer x' }, true],
    ['a deletion with a cookie from elsewhere', 'DELETE', { cookie, origin: foreign }, false],
    ['a subdomain that only begins alike', 'POST', { cookie, origin: 'https://app.example.evil.example' }, false],
  ])('%s: %s', (_what, method, headers, expected) => {
    expect(mayChange({ method, headers }, allowed)).toBe(expected)
  })
})

describe('who may open a websocket', () => {
  test.each([
    ['with a cookie from the own origin', { cookie, origin: 'https://app.example' }, true],
    ['with a cookie from elsewhere', { cookie, origin: foreign }, false],
    ['with a cookie and no origin', { cookie }, false],
    ['without a cookie from elsewhere', { origin: foreign }, true],
    ['without a cookie and origin', {}, true],
  ])('%s: %s', (_what, headers, expected) => {
    expect(mayUpgrade({ headers }, allowed)).toBe(expected)
  })
})
