import { describe, expect, test } from 'vitest'
import { describeTotp, hashRecoveryCode, newRecoveryCodes, newTotpSecret, stepOfCode, totpCode } from './totp.ts'

/** The secret of RFC 6238, appendix B; its codes there have eight digits, of which the last six are ours. */
const secret = Buffer.from('12345678901234567890')
const at = (seconds: number): Date => new Date(seconds * 1000)

describe('codes', () => {
  test.each([[59, '287082'], [1_111_111_109, '081804'], [1_111_111_111, '050471'], [1_234_567_890, '005924'], [2_000_000_000, '279037'], [20_000_000_000, '353130']])(
    'at second %i the code of RFC 6238 is taken', (seconds, code) => {
      expect(stepOfCode(secret, code, at(seconds))).toBe(Math.floor(seconds / 30))
    })

  test('a code is good one step before and after its own, and names its own step there', () => {
    const tries = [-60, -30, 0, 30, 60].map((off) => stepOfCode(secret, '005924', at(1_234_567_890 + off)))
    const own = Math.floor(1_234_567_890 / 30)
    expect(tries).toEqual([null, own, own, own, null])
  })

  test.each([['123 456', '123456'], [' 123456 ', '123456'], ['12345', null], ['1234567', null], ['12345a', null], ['', null], ['１２３４５６', null]])(
    'what is typed as %j is the code %j', (typed, code) => {
      expect(totpCode(typed)).toBe(code)
    })

  test('a secret has 160 bits, and none is like another', () => {
    const secrets = Array.from({ length: 20 }, () => newTotpSecret().toString('hex'))
    expect(new Set(secrets).size).toBe(20)
    expect(secrets.every((hex) => hex.length === 40)).toBe(true)
  })

  test('an app reads secret, issuer and account from the address', () => {
    const { secret: typed, uri } = describeTotp(secret, 'ann+x@example.test')
    expect(typed).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
    const url = new URL(uri)
    expect([url.protocol, url.host, decodeURIComponent(url.pathname)]).toEqual(['otpauth:', 'totp', '/IntelliDocs:ann+x@example.test'])
    expect(Object.fromEntries(url.searchParams)).toEqual({ issuer: 'IntelliDocs', secret: typed, algorithm: 'SHA1', digits: '6', period: '30' })
  })
})

describe('recovery codes', () => {
  test('there are ten of 80 bits each, and none is like another', () => {
    const codes = newRecoveryCodes()
    expect(new Set(codes).size).toBe(10)
    for (const code of codes) expect(code).toMatch(/^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$/)
  })

  test('dashes, blanks and small letters do not matter', () => {
    const [code = ''] = newRecoveryCodes()
    for (const typed of [code.toLowerCase(), code.replaceAll('-', ''), ` ${code.replaceAll('-', ' ')} `]) expect(hashRecoveryCode(typed)).toBe(hashRecoveryCode(code))
  })
})
