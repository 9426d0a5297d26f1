import type { ShareVisitId } from '@intellidocs/contracts'
import { hashToken, newId, randomToken, userPrincipal, type Tx } from '@intellidocs/kernel'
import { codeHashOf } from '../code-hash.ts'
import type { SharingDeps } from '../sharing.deps.ts'
import { hasViewsLeft, VISIT_MS } from '../sharing.policy.ts'
import type { Visit, Visitor } from '../sharing.types.ts'
import { hidden, subjectOf } from '../show-share.ts'
import { findLink, inOrgOf, keptAddress, opensNothing, outsider, standingOf, type Link, type Standing } from './find-link.ts'

/** What the form says; null: nothing. */
export type Given = { readonly password: string | null; readonly email: string | null; readonly code: string | null }
/** `refused`: the password or the code was not right; nobody is told which. `cookie`: the visit, as it is shown from now on; `seconds`: how long it lasts. */
export type Opened = { readonly kind: 'refused' } | { readonly kind: 'opened'; readonly cookie: string; readonly seconds: number }

type Entering = { readonly link: Link; readonly gate: number; readonly given: Given; readonly address: string }

/**
 * Opens a link for one browser: a view is spent.
 * @throws AppError share.not_found, rate.limited
 */
export async function openLink(deps: SharingDeps, visitor: Visitor, given: Given): Promise<Opened> {
  const from = { ip: visitor.ip, account: hashToken(visitor.token) }
  await deps.attempts.attempt('shareOpen', from)
  const link = await findLink(deps, visitor)
  const standing = await inOrgOf(deps, link, (tx) => standingOf(deps, tx, link))
  const proved = await knowsPassword(deps, standing, given)
  if (standing === null || !hasViewsLeft(standing.share)) throw opensNothing()
  if (!proved) return { kind: 'refused' }
  const entering = { link, given, gate: standing.share.gate, address: keptAddress(visitor, standing.wholeAddresses) }
  const opened = await inOrgOf(deps, link, (tx) => enter(deps, tx, entering))
  if (opened === null) throw opensNothing()
  if (opened.kind === 'opened') await deps.attempts.succeeded('shareOpen', from)
  return opened
}

/** A password is worked on whether there is a link or not, and whether that has one or not. */
async function knowsPassword({ passwords }: SharingDeps, standing: Standing | null, { password }: Given): Promise<boolean> {
  const stored = standing?.share.passwordHash ?? null
  const matches = password !== null && await passwords.verify(stored, password.slice(0, 128))
  return stored === null || matches
}

/** Asks again what was asked before the password was worked on. Null: it opens nothing. */
async function enter(deps: SharingDeps, tx: Tx, entering: Entering): Promise<Opened | null> {
  const { link, gate, given } = entering
  const { ref } = link
  const now = deps.clock.now()
  const standing = await standingOf(deps, tx, link)
  if (standing === null || standing.share.gate !== gate) return null
  const { emails } = standing.share
  const email = emails.length === 0 ? null : given.email ?? ''
  if (email !== null) {
    const codeHash = codeHashOf(deps.secretKey, { shareId: ref.id, email, code: given.code ?? '' })
    // Committed: each guess counts. The address may have been taken from the list since the code was sent.
    if (!await deps.codes.spend(tx, ref, { email, codeHash, now }) || !emails.includes(email)) return { kind: 'refused' }
  }
  if (!await deps.links.spendView(tx, ref, { gate, now })) return null
  return begin(deps, tx, { ...entering, standing, email, now })
}

async function begin(
  deps: SharingDeps, tx: Tx, { link, address, gate, standing: { share }, email, now }: Entering & { standing: Standing; email: string | null; now: Date },
): Promise<Opened> {
  const secret = randomToken()
  const visit: Visit = {
    id: newId() as ShareVisitId, email, address, openedAt: now, gate, secretHash: hashToken(secret), expiresAt: new Date(now.getTime() + VISIT_MS),
  }
  await deps.visits.insert(tx, link.ref, visit)
  await deps.outbox.append(tx, outsider(link, address), {
    type: 'sharing.opened.v1', audience: [userPrincipal(share.createdBy)],
    payload: { shareId: share.id, ...subjectOf(share), visitId: visit.id, createdBy: share.createdBy, notify: share.notify },
    audit: { subjectType: 'share', subjectId: share.id, data: { ...subjectOf(share), visitId: visit.id, visitor: hidden(deps, share.orgId, email) } },
  })
  return { kind: 'opened', cookie: `${visit.id}.${secret}`, seconds: VISIT_MS / 1000 }
}
