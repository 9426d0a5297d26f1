import type { Request, RequestHandler } from 'express'
import { AppError } from '@intellidocs/kernel'
import type { Modules } from '@intellidocs/domain'

/** Of one message; Stripe's own are some kilobytes. */
export const STRIPE_BODY_BYTES = 256 * 1024

type Deps = { readonly receiveBilling: Modules['subscriptions']['receive']; readonly countCall: (ip: string) => Promise<void> }

async function bytesOf(req: Request): Promise<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of req as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > STRIPE_BODY_BYTES) throw new AppError('input.too_large')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/**
 * What Stripe tells. The signature is over the bytes as they came, so nothing reads them before. Whatever fails after it is answered with an error, and sent
 * again by Stripe for days.
 */
export const stripeWebhook = ({ receiveBilling, countCall }: Deps): RequestHandler => async (req, res) => {
  await countCall(req.ip ?? '')
  const signature = req.get('stripe-signature')
  if (signature === undefined) throw new AppError('billing.signature')
  await receiveBilling({ body: await bytesOf(req), signature })
  res.json({ received: true })
}
