import { setTimeout } from 'node:timers/promises'
import { codeHashOf, newCode } from '../code-hash.ts'
import { hashToken, type Tx } from '@intellidocs/kernel'
import type { SharingDeps } from '../sharing.deps.ts'
import { hasViewsLeft } from '../sharing.policy.ts'
import type { Visitor } from '../sharing.types.ts'
import { findLink, inOrgOf, keptAddress, opensNothing, outsider, standingOf, type Link } from './find-link.ts'

const CODE_MS = 15 * 60_000
/** No answer comes sooner: what is written for an address that may open the link must not be seen by the time it takes. */
const SOONEST_MS = 250

/**
 * Mails a code to an address that may open the link, and does nothing for another one; the answer is the same.
 * @throws AppError share.not_found, rate.limited, for the mailbox too
 */
export async function sendCode(deps: SharingDeps, visitor: Visitor, { email }: { email: string }): Promise<void> {
  await deps.attempts.attempt('shareCode', { ip: visitor.ip, account: hashToken(`${visitor.token} ${email}`) })
  const link = await findLink(deps, visitor)
  const [stands] = await Promise.all([inOrgOf(deps, link, (tx) => put(deps, tx, { link, email })), setTimeout(SOONEST_MS)])
  if (!stands) throw opensNothing()
}

/** False: the link opens nothing. */
async function put(deps: SharingDeps, tx: Tx, { link, email }: { link: Link; email: string }): Promise<boolean> {
  const standing = await standingOf(deps, tx, link)
  if (standing === null || !hasViewsLeft(standing.share)) return false
  if (!standing.share.emails.includes(email)) return true
  const code = newCode()
  const expiresAt = new Date(deps.clock.now().getTime() + CODE_MS)
  await deps.codes.put(tx, link.ref, { email, codeHash: codeHashOf(deps.secretKey, { shareId: link.ref.id, email, code }), expiresAt })
  await deps.mail.enqueue(tx, outsider(link, keptAddress(link.visitor, standing.wholeAddresses)), {
    to: email, locale: link.visitor.locale, template: 'share-code', data: { code, expiresAt: expiresAt.toISOString() },
  })
  return true
}
