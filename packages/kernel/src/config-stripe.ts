import { ConfigError } from './config-error.ts'
import type { Config } from './config.types.ts'
import { list, text, type Env } from './config-values.ts'

const TOGETHER = 'a value, as the three STRIPE_* come together'

/** All three or none: without them an administrator of the installation sets plans. */
export function stripeConfig(env: Env): Pick<Config, 'stripe'> {
  const [secretKey, webhookSecret, named] = [text(env, 'STRIPE_SECRET_KEY'), text(env, 'STRIPE_WEBHOOK_SECRET'), list(env, 'STRIPE_PRICES')]
  if (secretKey !== undefined && !/^(sk|rk)_/.test(secretKey)) throw new ConfigError('STRIPE_SECRET_KEY', 'the secret or restricted key of a Stripe account (sk_… or rk_…)')
  if (webhookSecret !== undefined && !webhookSecret.startsWith('whsec_')) throw new ConfigError('STRIPE_WEBHOOK_SECRET', 'the signing secret of the endpoint at Stripe (whsec_…)')
  const prices = named.length === 0 ? undefined : pricesOf(named)
  if (secretKey === undefined && webhookSecret === undefined && prices === undefined) return {}
  if (secretKey === undefined) throw new ConfigError('STRIPE_SECRET_KEY', TOGETHER)
  if (webhookSecret === undefined) throw new ConfigError('STRIPE_WEBHOOK_SECRET', TOGETHER)
  if (prices === undefined) throw new ConfigError('STRIPE_PRICES', TOGETHER)
  return { stripe: { secretKey, webhookSecret, prices } }
}

function pricesOf(named: readonly string[]): { team: string; business: string } {
  const prices = new Map(named.map((pair) => {
    const [plan = '', price = ''] = pair.split('=')
    return [plan, price]
  }))
  const [team, business] = [prices.get('team'), prices.get('business')]
  const sound = [team, business].every((price) => price !== undefined && /^price_\w+$/.test(price)) && team !== business && prices.size === 2
  if (team === undefined || business === undefined || !sound) throw new ConfigError('STRIPE_PRICES', 'one price for each plan that is sold: team=price_…,business=price_…')
  return { team, business }
}
