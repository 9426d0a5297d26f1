import { randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { newSecret, openSecret, resealed, sealSecret, signatureHeaders } from './signing.ts'

test('signs as the public example of the Standard Webhooks is signed', () => {
  const headers = signatureHeaders(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', at: new Date(1_614_265_330_999), body: '{"test": 2432232314}',
  })
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek', 'webhook-timestamp': '1614265330', 'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
})

test('two secrets sign side by side: a receiver that holds either is content, one that holds neither is not', () => {
  const [fresh, older, other] = [newSecret(), newSecret(), newSecret()]
  const body = JSON.stringify({ name: 'Überraschung ✓' })
  const headers = signatureHeaders([fresh, older], { id: 'a', at: new Date(), body })
  for (const secret of [fresh, older]) expect(() => new Webhook(secret).verify(body, headers)).not.toThrow()
  expect(() => new Webhook(other).verify(body, headers)).toThrow()
  expect(() => new Webhook(fresh).verify(`${body} `, headers)).toThrow()
})

test('a secret is whsec_ and 32 random bytes', () => {
  const [a, b] = [newSecret(), newSecret()]
  expect(a).not.toBe(b)
  expect(Buffer.from(a.replace('whsec_', ''), 'base64')).toHaveLength(32)
})

test('a sealed secret shows nothing, and opens with a key that was changed since as long as that is there', () => {
  const [key, older] = [randomBytes(32), randomBytes(32)]
  const secret = newSecret()
  const sealed = sealSecret(older, secret)
  expect(Buffer.from(sealed).toString('latin1')).not.toContain(secret.slice(6, 20))
  expect(openSecret([key, older], sealed)).toBe(secret)
  expect(openSecret([key], sealed)).toBe(null)
  expect(openSecret([key], resealed([key, older], sealed) ?? sealed)).toBe(secret)
  expect([resealed([older, key], sealed), resealed([key], sealed)]).toEqual([null, null])
})
