import type { MemberRole, OrgId, Page } from '@intellidocs/contracts'
import {
  AppError, newId, positionedPage, windowOf, type Actor, type Clock, type DeletionGate, type MailQueue, type Outbox, type PageInput, type Person, type RunAsIdentity,
  type RunInTx, type Tx,
} from '@intellidocs/kernel'
import type { MembersRepository } from './members.repository.ts'
import { oneLine } from './one-line.ts'
import { mayDispose } from './orgs.policy.ts'
import type { Org, OrgsRepository } from './orgs.repository.ts'
import { unlessTaken } from './unless-taken.ts'

export type ShownOrg = { id: OrgId; name: string; slug: string; role: MemberRole; createdAt: string; purgeAt: string | null }
/** Somebody signed in; `actor` is null where no organization of theirs is named. */
export type Caller = { person: Person; actor: Actor | null; orgRequested: string | null; via: 'session' | 'apiKey' | null }

export type OrgsService = {
  /** The caller becomes the owner. `org.slug_taken`; `auth.forbidden` for an API key, which lives in one organization. */
  create(caller: Omit<Caller, 'orgRequested'>, input: { name: string; slug: string }): Promise<ShownOrg>
  /** The caller's organizations, oldest membership first; an API key sees its own only, an owner also those being deleted. */
  list(caller: Caller, input: PageInput): Promise<Page<ShownOrg>>
  get(actor: Actor): Promise<ShownOrg>
  /** `org.slug_taken`. */
  update(actor: Actor, input: { name?: string | undefined; slug?: string | undefined }): Promise<ShownOrg>
  /**
   * Closes the organization to everybody at once and for good after the days of grace, within which an owner may `undelete` it.
   * `org.confirm` unless its short name was typed; `retention.held` while a hold stands; `auth.forbidden` for anybody but an owner in person.
   */
  remove(actor: Actor, input: { slug: string }): Promise<ShownOrg>
  /** Opens the organization that the request names again. `org.not_found` for all but its owners, and when its time has come. */
  undelete(caller: Caller): Promise<ShownOrg>
}
export type OrgsServiceDeps = {
  runInTx: RunInTx; runAsIdentity: RunAsIdentity; outbox: Outbox; clock: Clock; repository: OrgsRepository
  members: Pick<MembersRepository, 'owners' | 'lock'>; mail: MailQueue; deletions: DeletionGate
  /** Days between the deletion and the purge. */
  graceDays: number
  /** Makes the owner of an organization that they cannot enter: one about to exist, or being deleted. */
  ownerOf: (orgId: OrgId, person: Person) => Actor
}

const DAY_MS = 86_400_000

export const showOrg = ({ id, name, slug, createdAt, purgeAt }: Org, role: MemberRole): ShownOrg =>
  ({ id, name, slug, role, createdAt: createdAt.toISOString(), purgeAt: purgeAt?.toISOString() ?? null })

const audited = (id: OrgId, data: Record<string, unknown>) => ({ subjectType: 'org', subjectId: id, data })

/** Organization, owner, event and audit row in one unit, the new tenant's own: nothing of it can be half there. */
async function create(
  deps: OrgsServiceDeps, { person, via }: Pick<Caller, 'person' | 'via'>, { name, slug }: { name: string; slug: string },
): Promise<ShownOrg> {
  if (via === 'apiKey') throw new AppError('auth.forbidden')
  const id = newId() as OrgId
  const owner = deps.ownerOf(id, person)
  const createdAt = deps.clock.now()
  await deps.runInTx(owner, async (tx) => {
    if (!await deps.repository.insert(tx, { id, name, slug, createdAt })) throw new AppError('org.slug_taken')
    await deps.repository.addOwner(tx, id, person.userId, createdAt)
    await deps.outbox.append(tx, owner, { type: 'orgs.created.v1', payload: {}, audit: audited(id, { after: { name, slug } }) })
  })
  return showOrg({ id, name, slug, createdAt, purgeAt: null }, 'owner')
}

function update(deps: OrgsServiceDeps, actor: Actor, input: { name?: string | undefined; slug?: string | undefined }): Promise<ShownOrg> {
  return deps.runInTx(actor, async (tx) => {
    const before = await deps.repository.lock(tx, actor.orgId)
    if (before === null || before.deleting) throw new AppError('org.not_found')
    const { name = before.name, slug = before.slug } = input
    const changed = [...(name === before.name ? [] : ['name' as const]), ...(slug === before.slug ? [] : ['slug' as const])]
    const after = { ...before, name, slug }
    if (changed.length === 0) return showOrg(after, actor.role)
    await unlessTaken('org.slug_taken', () => deps.repository.rename(tx, actor.orgId, { name, slug }))
    const of = (org: Org) => Object.fromEntries(changed.map((field) => [field, org[field]]))
    await deps.outbox.append(tx, actor, {
      type: 'orgs.updated.v1', payload: { changed }, audit: audited(actor.orgId, { before: of(before), after: of(after) }),
    })
    return showOrg(after, actor.role)
  })
}

function remove(deps: OrgsServiceDeps, actor: Actor, { slug }: { slug: string }): Promise<ShownOrg> {
  if (!mayDispose(actor)) throw new AppError('auth.forbidden')
  return deps.runInTx(actor, async (tx) => {
    const org = await deps.repository.lock(tx, actor.orgId)
    if (org === null || org.deleting) throw new AppError('org.not_found')
    if (slug !== org.slug) throw new AppError('org.confirm')
    await deps.deletions.organization(tx, actor)
    const purgeAt = new Date(deps.clock.now().getTime() + deps.graceDays * DAY_MS)
    if (await deps.repository.markDeleting(tx, actor.orgId, purgeAt) !== 1) throw new AppError('org.not_found')
    const at = purgeAt.toISOString()
    await deps.outbox.append(tx, actor, {
      type: 'orgs.deleted.v1', payload: { purgeAt: at },
      audit: audited(actor.orgId, { before: { status: 'active' }, after: { status: 'deleting', purgeAt: at } }),
    })
    await tellOwners(deps, tx, { actor, org, at })
    return showOrg({ ...org, purgeAt }, actor.role)
  })
}

type Told = { actor: Actor; org: Org; at: string }

async function tellOwners(deps: OrgsServiceDeps, tx: Tx, { actor, org, at }: Told): Promise<void> {
  const owners = await deps.members.owners(tx, org.id)
  const by = oneLine(owners.find(({ userId }) => userId === actor.userId)?.name ?? '', org.slug)
  for (const { email, name, locale } of owners) {
    const data = { name: oneLine(name, email), orgName: oneLine(org.name, org.slug), by, at }
    await deps.mail.enqueue(tx, actor, { to: email, locale, template: 'org-deletion-scheduled', data })
  }
}

/** Under a lock on the organization's row, which the purge shares: either its time has come, or it is open again. */
async function undelete(deps: OrgsServiceDeps, { person, orgRequested, via }: Caller): Promise<ShownOrg> {
  if (via === 'apiKey') throw new AppError('auth.forbidden')
  if (orgRequested === null) throw new AppError('org.required')
  const found = await deps.runAsIdentity((tx) => deps.repository.deletingOf(tx, person.userId, orgRequested))
  if (found === null) throw new AppError('org.not_found')
  const owner = deps.ownerOf(found.id, person)
  return deps.runInTx(owner, async (tx) => {
    // Still an owner, and until the unit ends: an account that ends leaves organizations behind only while they are being deleted.
    const self = (await deps.members.lock(tx, found.id, [person.userId])).find(({ userId }) => userId === person.userId)
    if (self?.role !== 'owner' || self.status !== 'active' || !self.accountActive) throw new AppError('org.not_found')
    await deps.repository.lock(tx, found.id)
    if (await deps.repository.unmarkDeleting(tx, found.id) !== 1) throw new AppError('org.not_found')
    await deps.outbox.append(tx, owner, {
      type: 'orgs.undeleted.v1', payload: {},
      audit: audited(found.id, { before: { status: 'deleting', purgeAt: found.purgeAt?.toISOString() }, after: { status: 'active' } }),
    })
    return showOrg({ ...found, purgeAt: null }, 'owner')
  })
}

export function createOrgsService(deps: OrgsServiceDeps): OrgsService {
  return {
    create: (caller, input) => create(deps, caller, input),
    async list({ person, actor, via }, input) {
      const page = windowOf(input)
      if (via === 'apiKey' && actor === null) throw new AppError('org.not_found')
      const onlyOrg = via === 'apiKey' ? actor?.orgId ?? null : null
      const rows = await deps.runAsIdentity((tx) => deps.repository.ofUser(tx, { userId: person.userId, onlyOrg }, page))
      return positionedPage(rows, page.limit, (row) => showOrg(row, via === 'apiKey' && actor !== null ? actor.role : row.role))
    },
    async get(actor) {
      const org = await deps.runInTx(actor, (tx) => deps.repository.current(tx, actor.orgId), { readOnly: true })
      if (org === null) throw new AppError('org.not_found')
      return showOrg(org, actor.role)
    },
    update: (actor, input) => update(deps, actor, input),
    remove: (actor, input) => remove(deps, actor, input),
    undelete: (caller) => undelete(deps, caller),
  }
}
