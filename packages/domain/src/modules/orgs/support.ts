import type { Page, SupportAccess, SupportConsent } from '@intellidocs/contracts'
import {
  AppError, newId, noSource, platformActor, positionedPage, recordAudit, windowOf, type Actor, type Clock, type Outbox, type PageInput, type RunInTx, type Tx,
} from '@intellidocs/kernel'
import type { Deed } from './administration.ts'
import { mayDispose } from './orgs.policy.ts'
import type { Consent, SupportRepository } from './support.repository.ts'

/** That administrators of the installation may look at an organization for a time, by consent of an owner. */
export type SupportService = {
  /** `auth.forbidden` for anybody but an owner in person. */
  grant(actor: Actor, input: { hours: number; reason: string }): Promise<SupportAccess>
  list(actor: Actor, input: PageInput): Promise<Page<SupportAccess>>
  /** `support.not_found` for what is over. */
  revoke(actor: Actor, input: { id: string }): Promise<SupportAccess>
}
/** The same seen from the installation, in admin units of the caller's, who has made sure that they are administrators. */
export type SupportAdministration = {
  list(deed: Deed, input: PageInput): Promise<Page<SupportConsent>>
  /** Both chains tell who looks and why. Again by the same is no other visit. `support.not_found` for what does not stand. */
  open(deed: Deed, input: { id: string; reason: string }): Promise<SupportConsent>
}
export type SupportDeps = { runInTx: RunInTx; outbox: Outbox; clock: Clock; support: SupportRepository }

const HOUR_MS = 3_600_000

const withoutPosition = <T extends { position: unknown }>({ position: _position, ...rest }: T): Omit<T, 'position'> => rest

async function one({ support }: SupportDeps, tx: Tx, { orgId, id }: { orgId: Actor['orgId']; id: string }): Promise<SupportAccess> {
  const [access] = await support.list(tx, orgId, { limit: 1, after: null, id })
  if (access === undefined) throw new AppError('support.not_found')
  return withoutPosition(access)
}

function grant(deps: SupportDeps, actor: Actor, { hours, reason }: { hours: number; reason: string }): Promise<SupportAccess> {
  if (!mayDispose(actor)) throw new AppError('auth.forbidden')
  const { orgId } = actor
  const [id, at] = [newId(), deps.clock.now()]
  const endsAt = new Date(at.getTime() + hours * HOUR_MS)
  return deps.runInTx(actor, async (tx) => {
    await deps.support.insert(tx, { id, orgId, reason, by: actor.userId, at, endsAt })
    await deps.outbox.append(tx, actor, {
      type: 'orgs.support-granted.v1', payload: { accessId: id, endsAt: endsAt.toISOString() },
      audit: { subjectType: 'support', subjectId: id, data: { before: null, after: { reason, endsAt: endsAt.toISOString() } } },
    })
    return one(deps, tx, { orgId, id })
  })
}

function revoke(deps: SupportDeps, actor: Actor, { id }: { id: string }): Promise<SupportAccess> {
  if (!mayDispose(actor)) throw new AppError('auth.forbidden')
  const { orgId } = actor
  return deps.runInTx(actor, async (tx) => {
    if (await deps.support.revoke(tx, { orgId, id, by: actor.userId, at: deps.clock.now() }) !== 1) throw new AppError('support.not_found')
    await deps.outbox.append(tx, actor, {
      type: 'orgs.support-revoked.v1', payload: { accessId: id },
      audit: { subjectType: 'support', subjectId: id, data: { before: { open: true }, after: { open: false } } },
    })
    return one(deps, tx, { orgId, id })
  })
}

export const createSupportService = (deps: SupportDeps): SupportService => ({
  grant: (actor, input) => grant(deps, actor, input),
  async list(actor, input) {
    const page = windowOf(input)
    const rows = await deps.runInTx(actor, (tx) => deps.support.list(tx, actor.orgId, { ...page, id: null }), { readOnly: true })
    return positionedPage(rows, page.limit, withoutPosition)
  },
  revoke: (actor, input) => revoke(deps, actor, input),
})

const show = ({ grantedAt, endsAt, ...consent }: Consent): SupportConsent => ({ ...consent, grantedAt: grantedAt.toISOString(), endsAt: endsAt.toISOString() })

async function open({ outbox, support }: Pick<SupportDeps, 'outbox' | 'support'>, { tx, person }: Deed, { id, reason }: { id: string; reason: string }): Promise<SupportConsent> {
  const { userId, requestId } = person
  const [found] = await support.standing(tx, userId, { limit: 1, after: null, id })
  if (found === undefined) throw new AppError('support.not_found')
  const { position: _position, ...consent } = found
  const { orgId, endsAt } = consent
  if (await support.open(tx, { orgId, id, by: userId, reason })) {
    const data = { reason, endsAt: endsAt.toISOString() }
    await outbox.append(tx, { ...platformActor({ userId, requestId, source: noSource }), orgId }, {
      type: 'orgs.support-opened.v1', payload: { accessId: id, userId }, audit: { subjectType: 'support', subjectId: id, data },
    })
    await recordAudit(tx, platformActor(person), { action: 'admin.support-opened', subjectType: 'org', subjectId: orgId, data: { accessId: id, ...data } })
  }
  return { ...show(consent), opened: true }
}

export const createSupportAdministration = (deps: Pick<SupportDeps, 'outbox' | 'support'>): SupportAdministration => ({
  async list({ tx, person }, input) {
    const page = windowOf(input)
    return positionedPage(await deps.support.standing(tx, person.userId, { ...page, id: null }), page.limit, ({ position: _position, ...consent }) => show(consent))
  },
  open: (deed, input) => open(deps, deed, input),
})
