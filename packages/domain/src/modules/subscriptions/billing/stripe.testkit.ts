import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '@intellidocs/kernel'
import { findGoTool } from '@intellidocs/testing'
import { createStripeService } from './stripe-service.ts'
import type { StripeSubscription } from './stripe-state.ts'

export const webhookSecret = 'whsec_of_the_tests'
const wanted = { secretKey: 'sk_test_123', webhookSecret, prices: { team: 'price_team', business: 'price_business' }, publicUrl: 'https://docs.example.org' }

/** Stripe's own mock, which holds each request against Stripe's description of its API. Null when none can be had. */
export const findStripeMock = (): string | null => findGoTool('stripe-mock', 'github.com/stripe/stripe-mock@latest')

export async function startStripeMock(binary: string) {
  const port = await freePort()
  const child = spawn(binary, ['-http-addr', `127.0.0.1:${port}`], { stdio: 'ignore' })
  for (const end = Date.now() + 30_000; ; await pause(50)) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => null) // refused until it listens
    if (answer !== null) break
    if (Date.now() > end || child.exitCode !== null) throw new Error('stripe-mock did not start')
  }
  return { service: serviceAt(port), close: () => { child.kill('SIGTERM') } }
}

const serviceAt = (port: number) => createStripeService({ ...wanted, server: { host: '127.0.0.1', port, protocol: 'http' } })

/** A server in Stripe's place: what subscriptions there are is the test's, and what it was asked to do is kept. */
export async function startFakeStripe() {
  const there = new Map<string, StripeSubscription[]>()
  const asked: string[] = []
  const server = createServer((req, res) => {
    const url = new URL(req.url ?? '/', 'http://stripe')
    const parts: Buffer[] = []
    req.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
      const given = new URLSearchParams(Buffer.concat(parts).toString())
      if (req.method === 'POST') asked.push(url.pathname)
      res.setHeader('content-type', 'application/json')
      res.end(JSON.stringify(answerOf(url, given)))
    })
  })
  const answerOf = (url: URL, given: URLSearchParams): object => {
    if (url.pathname === '/v1/subscriptions') return { object: 'list', data: there.get(url.searchParams.get('customer') ?? '') ?? [] }
    if (url.pathname === '/v1/customers') return { id: `cus_${given.get('metadata[orgId]') ?? ''}` }
    if (url.pathname === '/v1/checkout/sessions') return { id: 'cs_1', url: 'https://checkout.stripe.com/c/pay/1' }
    if (url.pathname === '/v1/billing_portal/sessions') return { url: 'https://billing.stripe.com/p/session/1' }
    const notice = given.get('cancel_at_period_end')
    if (notice !== null) {
      const ended = { cancel_at_period_end: notice === 'true' }
      for (const [customer, all] of there) there.set(customer, all.map((one) => (url.pathname === `/v1/subscriptions/${one.id}` ? { ...one, ...ended } : one)))
    }
    return { id: 'of no matter', phases: [{ start_date: 1 }] }
  }
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    there, asked, service: serviceAt((server.address() as AddressInfo).port),
    close: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections() }),
  }
}

let events = 0
/** A message as Stripe signs it. */
export function messageOf(customer: string, { id = `evt_${events += 1}`, at = new Date(), secret = webhookSecret } = {}): { id: string; body: Buffer; signature: string } {
  const body = Buffer.from(JSON.stringify({ id, object: 'event', type: 'customer.subscription.updated', data: { object: { object: 'subscription', id: 'sub_1', customer } } }))
  const seconds = Math.floor(at.getTime() / 1000)
  return { id, body, signature: `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex')}` }
}
