import type { OrgId, Page, PlatformDeed } from '@intellidocs/contracts'
import {
  AppError, newId, noSource, platformActor, positionedPage, recordAudit, windowOf, type Actor, type Clock, type MailQueue, type NewEvent, type Outbox,
  type PageInput, type Person, type Tx,
} from '@intellidocs/kernel'
import type { AdministrationRepository, OrgChange, OrgCounts, OrgFilter, OrgOwner, OversawOrg } from './administration.repository.ts'
import { oneLine } from './one-line.ts'

/** Who does it, in which admin unit. */
export type Deed = { readonly tx: Tx; readonly person: Person }

/**
 * What administrators of the installation do to organizations, in admin units of the caller's, who has made sure that they are. Each change stands in the
 * chain of the installation and in the organization's own, where its members read that it was done, and not from where.
 */
export type Administration = {
  list(tx: Tx, input: PageInput & OrgFilter): Promise<Page<ShownOversaw>>
  /** `admin.org_not_found`. */
  get(tx: Tx, id: OrgId): Promise<ShownOversaw & { owners: OrgOwner[]; counts: OrgCounts }>
  /** `admin.user_not_found` where no open account has the owner's address; `org.slug_taken`. */
  create(deed: Deed, input: { name: string; slug: string; owner: string }): Promise<ShownOversaw>
  /** `admin.org_state` unless it is active. */
  suspend(deed: Deed, input: { id: OrgId; reason: string }): Promise<ShownOversaw>
  resume(deed: Deed, input: { id: OrgId }): Promise<ShownOversaw>
  /** `org.confirm` unless its short name was typed. Its owners cannot take this back. */
  remove(deed: Deed, input: { id: OrgId; slug: string; reason: string }): Promise<ShownOversaw>
  /** `admin.org_state` when its time has come. */
  restore(deed: Deed, input: { id: OrgId }): Promise<ShownOversaw>
}
export type ShownOversaw = Omit<OversawOrg, 'createdAt' | 'suspendedAt' | 'purgeAt'> & { createdAt: string; suspendedAt: string | null; purgeAt: string | null }
export type AdministrationDeps = { outbox: Outbox; clock: Clock; mail: MailQueue; repository: AdministrationRepository; graceDays: number }

const DAY_MS = 86_400_000

function show({ id, name, slug, status, createdAt, suspendedAt, suspendedReason, purgeAt, members }: OversawOrg): ShownOversaw {
  return {
    id, name, slug, status, suspendedReason, members,
    createdAt: createdAt.toISOString(), suspendedAt: suspendedAt?.toISOString() ?? null, purgeAt: purgeAt?.toISOString() ?? null,
  }
}

/** What an audit row says of where an organization stands. */
const standing = ({ status, suspendedAt, suspendedReason, purgeAt }: OversawOrg) =>
  ({ status, suspendedAt: suspendedAt?.toISOString() ?? null, reason: suspendedReason, purgeAt: purgeAt?.toISOString() ?? null })

/** The same person as the organization's history names them: whence they came is the installation's business. */
const inOrg = ({ userId, requestId }: Person, orgId: OrgId): Actor => ({ ...platformActor({ userId, requestId, source: noSource }), orgId })

type Told = { readonly event: Extract<NewEvent, { type: `orgs.${string}` }>; readonly action: PlatformDeed; readonly data: Record<string, unknown> }

async function tell(deps: AdministrationDeps, { tx, person }: Deed, { id, event, action, data }: Told & { id: OrgId }): Promise<void> {
  await deps.outbox.append(tx, inOrg(person, id), event)
  await recordAudit(tx, platformActor(person), { action, subjectType: 'org', subjectId: id, data })
}

async function create(deps: AdministrationDeps, deed: Deed, { name, slug, owner }: { name: string; slug: string; owner: string }): Promise<ShownOversaw> {
  const { tx } = deed
  const ownerId = await deps.repository.accountOf(tx, owner)
  if (ownerId === null) throw new AppError('admin.user_not_found')
  const id = newId() as OrgId
  if (!await deps.repository.insert(tx, { id, name, slug, createdAt: deps.clock.now() }, ownerId)) throw new AppError('org.slug_taken')
  const data = { after: { name, slug, ownerId } }
  await tell(deps, deed, {
    id, data, action: 'admin.org-created', event: { type: 'orgs.created.v1', payload: {}, audit: { subjectType: 'org', subjectId: id, data } },
  })
  return show(await found(deps, tx, id))
}

async function found(deps: AdministrationDeps, tx: Tx, id: OrgId): Promise<OversawOrg> {
  const org = await deps.repository.find(tx, id)
  if (org === null) throw new AppError('admin.org_not_found')
  return org
}

type Step = { readonly to: OrgChange; readonly action: PlatformDeed; readonly type: 'orgs.suspended.v1' | 'orgs.resumed.v1' | 'orgs.undeleted.v1' }

/** One conditional write behind a lock, and both chains. `step` says where it leads from where it stands; null: nowhere. */
async function move(deps: AdministrationDeps, deed: Deed, { id, step }: { id: OrgId; step: (org: OversawOrg) => Step | null }): Promise<ShownOversaw> {
  const { tx } = deed
  const before = await deps.repository.lock(tx, id)
  if (before === null) throw new AppError('admin.org_not_found')
  const wanted = step(before)
  if (wanted === null || await deps.repository.change(tx, { id, from: before.status }, wanted.to) !== 1) throw new AppError('admin.org_state')
  const after = await found(deps, tx, id)
  const data = { before: standing(before), after: standing(after) }
  await tell(deps, deed, {
    id, data, action: wanted.action, event: { type: wanted.type, payload: {}, audit: { subjectType: 'org', subjectId: id, data } },
  })
  return show(after)
}

async function remove(deps: AdministrationDeps, deed: Deed, { id, slug, reason }: { id: OrgId; slug: string; reason: string }): Promise<ShownOversaw> {
  const { tx, person } = deed
  const before = await deps.repository.lock(tx, id)
  if (before === null) throw new AppError('admin.org_not_found')
  if (before.status === 'deleting') throw new AppError('admin.org_state')
  if (slug !== before.slug) throw new AppError('org.confirm')
  const now = deps.clock.now()
  const purgeAt = new Date(now.getTime() + deps.graceDays * DAY_MS)
  const changed = await deps.repository.change(tx, { id, from: before.status }, { status: 'deleting', purgeAt, suspended: { at: before.suspendedAt ?? now, reason } })
  if (changed !== 1) throw new AppError('admin.org_state')
  const after = await found(deps, tx, id)
  const data = { before: standing(before), after: standing(after) }
  await tell(deps, deed, {
    id, data, action: 'admin.org-deleted',
    event: { type: 'orgs.deleted.v1', payload: { purgeAt: purgeAt.toISOString() }, audit: { subjectType: 'org', subjectId: id, data } },
  })
  await tellOwners(deps, { tx, person }, after)
  return show(after)
}

async function tellOwners(deps: AdministrationDeps, { tx, person }: Deed, org: OversawOrg): Promise<void> {
  if (org.purgeAt === null) return
  for (const { email, name, locale } of await deps.repository.ownersToTell(tx, org.id)) {
    const data = { name: oneLine(name, email), orgName: oneLine(org.name, org.slug), by: 'IntelliDocs', at: org.purgeAt.toISOString() }
    await deps.mail.enqueue(tx, platformActor(person), { to: email, locale, template: 'org-deletion-scheduled', data })
  }
}

export function createAdministration(deps: AdministrationDeps): Administration {
  return {
    async list(tx, { status, search, ...input }) {
      const page = windowOf(input)
      return positionedPage(await deps.repository.list(tx, { status, search }, page), page.limit, show)
    },
    async get(tx, id) {
      const org = await found(deps, tx, id)
      return { ...show(org), owners: await deps.repository.owners(tx, id), counts: await deps.repository.counts(tx, id) }
    },
    create: (deed, input) => create(deps, deed, input),
    suspend: (deed, { id, reason }) => move(deps, deed, {
      id, step: ({ status }) => (status !== 'active' ? null
        : { to: { status: 'suspended', suspended: { at: deps.clock.now(), reason } }, action: 'admin.org-suspended', type: 'orgs.suspended.v1' }),
    }),
    resume: (deed, { id }) => move(deps, deed, {
      id, step: ({ status }) => (status !== 'suspended' ? null : { to: { status: 'active', suspended: null }, action: 'admin.org-resumed', type: 'orgs.resumed.v1' }),
    }),
    remove: (deed, input) => remove(deps, deed, input),
    restore: (deed, { id }) => move(deps, deed, {
      id, step: ({ status, suspendedAt }) => (status !== 'deleting' ? null
        : { to: { status: suspendedAt === null ? 'active' : 'suspended', purgeAt: null }, action: 'admin.org-restored', type: 'orgs.undeleted.v1' }),
    }),
  }
}
