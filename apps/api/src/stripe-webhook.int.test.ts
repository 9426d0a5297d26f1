import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, startTestApi, type TestApi } from './api.testkit.ts'
import { STRIPE_BODY_BYTES } from './stripe-webhook.ts'

/** Whether what Stripe tells comes through as it was sent. */
let api: TestApi
beforeAll(async () => { api = await startTestApi({ stripe: { secretKey: 'sk_test_123', webhookSecret: 'whsec_tests', prices: { team: 'price_1', business: 'price_2' } } }) })
afterAll(() => api.close())

/** In a spelling that no program would make again of what it read. */
const BODY = '{ "id": "evt_1",  "object":"event", "type": "invoice.paid", "data": {"object": {"object":"invoice", "customer": "cus_\u00fcnknown"}}}\n'
const send = async (body: string, signature: string | null) => {
  const answer = await fetch(`${api.url}/webhooks/stripe`, { method: 'POST', headers: { 'content-type': 'application/json', ...(signature === null ? {} : { 'stripe-signature': signature }) }, body })
  return { status: answer.status, headers: answer.headers, body: await answer.json() }
}
function signatureOf(body: string, at = Date.now()): string {
  const seconds = Math.floor(at / 1000)
  return `t=${seconds},v1=${createHmac('sha256', 'whsec_tests').update(`${seconds}.${body}`).digest('hex')}`
}

test('a message that is signed is taken to the byte, in whatever spelling, though nobody is signed in and it has no Origin', async () => {
  expect(await send(BODY, signatureOf(BODY))).toMatchObject({ status: 200, body: { received: true } })
})

test.each<[string, string, string | null, number, string]>([
  ['without a signature', BODY, null, 400, 'billing.signature'], ['changed by a blank', `${BODY} `, signatureOf(BODY), 400, 'billing.signature'],
  ['of six minutes ago', BODY, signatureOf(BODY, Date.now() - 360_000), 400, 'billing.signature'],
  ['larger than any', 'x'.repeat(STRIPE_BODY_BYTES + 1), signatureOf(BODY), 413, 'input.too_large'],
])('one %s is refused', async (_, body, signature, status, code) => {
  const answer = await send(body, signature)
  expect([answer.status, codeOf(answer)]).toEqual([status, code])
})
