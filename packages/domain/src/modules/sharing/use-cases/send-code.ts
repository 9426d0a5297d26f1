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
 * Mails a code to an address that may open the link, and does nothing for another one; the answer is the same, also when mailing fails: that is told in the log.
 * @throws AppError share.not_found, rate.limited, for the mailbox too, whether the link is for it or not
 */
export async function sendCode(deps: SharingDeps, visitor: Visitor, { email }: { email: string }): Promise<void> {
  await deps.attempts.attempt('shareCode', { ip: visitor.ip, account: hashToken(`${visitor.token} ${email}`) })
  await deps.attempts.attempt('shareCodeMail', { ip: visitor.ip, account: email })
  const link = await findLink(deps, visitor)
  const [stands] = await Promise.all([sendIfFor(deps, { link, email }), setTimeout(SOONEST_MS)])
  if (!stands) throw opensNothing()
}

type To = { readonly link: Link; readonly email: string }

/** False: the link opens nothing. */
async function sendIfFor(deps: SharingDeps, { link, email }: To): Promise<boolean> {
  const standing = await inOrgOf(deps, link, (tx) => standingOf(deps, tx, link))
  if (standing === null || !hasViewsLeft(standing.share)) return false
  if (!standing.share.emails.includes(email)) return true
  const { orgId, id: shareId } = link.ref
  await inOrgOf(deps, link, (tx) => put(deps, tx, { link, email, address: keptAddress(link.visitor, standing.wholeAddresses) }))
    .catch((err: unknown) => deps.log.error({ err, orgId, shareId, requestId: link.visitor.requestId }, 'the code of a link was not mailed'))
  return true
}

async function put(deps: SharingDeps, tx: Tx, { link, email, address }: To & { address: string }): Promise<void> {
  const code = newCode()
  const expiresAt = new Date(deps.clock.now().getTime() + CODE_MS)
  await deps.codes.put(tx, link.ref, { email, codeHash: codeHashOf(deps.secretKey, { shareId: link.ref.id, email, code }), expiresAt })
  await deps.mail.enqueue(tx, outsider(link, address), { to: email, locale: link.visitor.locale, template: 'share-code', data: { code, expiresAt: expiresAt.toISOString() } })
}
