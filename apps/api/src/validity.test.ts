import { expect, test, vi } from 'vitest'
import type { Credential } from '@intellidocs/domain'
import { createValidity } from './validity.ts'

const credential = (session: string): Credential => ({ session, key: null, userId: session as Credential['userId'], orgId: null, authority: null })

test('questions asked together share one look, and each gets its own answer', async () => {
  const stillValid = vi.fn<(asked: readonly Credential[]) => Promise<(string[] | null)[]>>((asked) => Promise.resolve(asked.map(({ session }) => (session === 'gone' ? null : [`user:${session}`]))))
  const { check } = createValidity(stillValid)
  expect(await Promise.all(['a', 'gone', 'b'].map((name) => check(credential(name))))).toEqual([['user:a'], null, ['user:b']])
  expect(stillValid).toHaveBeenCalledTimes(1)
})

test('a credential that many ask for is looked up once', async () => {
  const stillValid = vi.fn<(asked: readonly Credential[]) => Promise<(string[] | null)[]>>((asked) => Promise.resolve(asked.map(({ session }) => (session === 'gone' ? null : [`user:${session}`]))))
  const { check } = createValidity(stillValid)
  expect(await Promise.all(['a', 'gone', 'a', 'gone', 'a'].map((name) => check(credential(name))))).toEqual([['user:a'], null, ['user:a'], null, ['user:a']])
  expect(stillValid.mock.calls.map(([asked]) => asked.map(({ session }) => session))).toEqual([['a', 'gone']])
})

test('the same session with other rights or in another organization is another question', async () => {
  const stillValid = vi.fn<(asked: readonly Credential[]) => Promise<(string[] | null)[]>>((asked) => Promise.resolve(asked.map(({ authority }) => (authority === 'viewer' ? [] : null))))
  const { check } = createValidity(stillValid)
  const asked = [{ ...credential('a'), authority: 'viewer' }, { ...credential('a'), authority: 'owner' }]
  expect(await Promise.all(asked.map((one) => check(one)))).toEqual([[], null])
})

test('a failed look is told to everybody who asked, and the next one is made again', async () => {
  const stillValid = vi.fn<(asked: readonly Credential[]) => Promise<(string[] | null)[]>>().mockRejectedValueOnce(new Error('away')).mockResolvedValueOnce([['user:a']])
  const { check } = createValidity(stillValid)
  const answers = await Promise.allSettled([check(credential('a')), check(credential('b'))])
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await check(credential('a'))).toEqual(['user:a'])
})

test('a credential that was not answered for does not count as valid', async () => {
  expect(await createValidity(() => Promise.resolve([])).check(credential('a'))).toBe(null)
})
