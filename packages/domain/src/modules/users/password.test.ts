import { expect, test } from 'vitest'
import { argon2Passwords } from './password.ts'

test('passwords are hashed with argon2id at the promised cost, each with its own salt', async () => {
  const [one, two] = await Promise.all([argon2Passwords.hash('the same'), argon2Passwords.hash('the same')])
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(one).not.toBe(two)
  expect(await argon2Passwords.verify(one, 'the same')).toBe(true)
  expect(await argon2Passwords.verify(one, 'another')).toBe(false)
})

test('an unknown account is refused whatever the password', async () => {
  for (const password of ['', 'x', 'the same']) expect(await argon2Passwords.verify(null, password)).toBe(false)
})
