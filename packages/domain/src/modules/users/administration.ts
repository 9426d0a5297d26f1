import { platformActor, AppError, newId, positionedPage, windowOf, type Clock, type MailQueue, type Outbox, type PageInput, type Person, type Tx } from '@intellidocs/kernel'
import type { Page, UserId } from '@intellidocs/contracts'
import type { AccountFilter, AccountPlace, AccountStatus, AdministrationRepository, FactorReset, OversawAccount, ResetState } from './administration.repository.ts'
import type { SecurityLogRepository } from './security-log.repository.ts'
import { tellTakenOff } from './use-cases/tell-taken-off.ts'

/** Who does it, in which admin unit. */
export type Deed = { readonly tx: Tx; readonly person: Person }
type WithReason = { readonly id: UserId; readonly reason: string }

/** What administrators of the installation do to accounts, in admin units of the caller's, each in the chain of the installation. */
export type Administration = {
  /**
   * Throws unless the person is an administrator by a session that holds, opened with the second factor where the account has one: `admin.required`,
   * `auth.second_factor_required`.
   */
  admit(tx: Tx, person: Person): Promise<void>
  /** The same, and no other deed of administrators until the unit ends. */
  admitDeed(deed: Deed): Promise<void>
  list(tx: Tx, input: PageInput & AccountFilter): Promise<Page<ShownAccount>>
  /** `admin.user_not_found`. */
  get(tx: Tx, id: UserId): Promise<ShownAccount & { orgs: AccountPlace[] }>
  /** `admin.own_account`; `admin.user_state` unless it is active. */
  suspend(deed: Deed, input: WithReason): Promise<ShownAccount>
  resume(deed: Deed, input: { id: UserId }): Promise<ShownAccount>
  signOut(deed: Deed, input: WithReason): Promise<{ id: UserId; sessions: number }>
  /**
   * Asks for a second factor to be taken off. `admin.second_person` where nobody else could approve; `auth.second_factor_off`: none is on;
   * `admin.reset_open`: it was asked for.
   */
  askReset(deed: Deed, input: WithReason): Promise<ShownReset>
  listResets(tx: Tx, input: PageInput & { state?: ResetState | undefined }): Promise<Page<ShownReset>>
  /** By another than who asked and whose it is (`admin.second_person`). `admin.reset_not_found` for what is decided or past its time. */
  approveReset(deed: Deed, input: { id: string }): Promise<ShownReset>
  refuseReset(deed: Deed, input: { id: string }): Promise<ShownReset>
}
export type ShownAccount = Omit<OversawAccount, 'createdAt' | 'lastSeenAt' | 'locale'> & { createdAt: string; lastSeenAt: string | null }
export type ShownReset = Omit<FactorReset, 'askedAt' | 'expiresAt' | 'decidedAt'> & { askedAt: string; expiresAt: string; decidedAt: string | null }
export type AdministrationDeps = {
  outbox: Outbox; clock: Clock; mail: MailQueue; securityLog: Pick<SecurityLogRepository, 'write'>; repository: AdministrationRepository
}

const RESET_MS = 24 * 3_600_000

function show({ id, email, name, status, platformAdmin, emailVerified, secondFactor, createdAt, sessions, lastSeenAt }: OversawAccount): ShownAccount {
  return { id, email, name, status, platformAdmin, emailVerified, secondFactor, sessions, createdAt: createdAt.toISOString(), lastSeenAt: lastSeenAt?.toISOString() ?? null }
}

const showReset = ({ id, userId, email, reason, state, askedBy, askedAt, expiresAt, decidedBy, decidedAt }: FactorReset): ShownReset => ({
  id, userId, email, reason, state, askedBy, decidedBy,
  askedAt: askedAt.toISOString(), expiresAt: expiresAt.toISOString(), decidedAt: decidedAt?.toISOString() ?? null,
})

async function admit({ repository }: AdministrationDeps, tx: Tx, person: Person): Promise<void> {
  const standing = await repository.administrator(tx, person)
  if (standing === null) throw new AppError('admin.required')
  if (standing.hasFactor && !standing.cameByIt) throw new AppError('auth.second_factor_required')
}

async function found({ repository }: AdministrationDeps, tx: Tx, id: UserId): Promise<OversawAccount> {
  const account = await repository.find(tx, id)
  if (account === null) throw new AppError('admin.user_not_found')
  return account
}

/** Of somebody else. */
async function other(deps: AdministrationDeps, { tx, person }: Deed, id: UserId): Promise<OversawAccount> {
  const account = await found(deps, tx, id)
  if (id === person.userId) throw new AppError('admin.own_account')
  return account
}

type Turn = { readonly id: UserId; readonly from: AccountStatus; readonly to: AccountStatus; readonly reason: string | null }

async function turn(deps: AdministrationDeps, deed: Deed, { id, from, to, reason }: Turn): Promise<ShownAccount> {
  const { tx, person } = deed
  const before = await other(deps, deed, id)
  if (before.status !== from || await deps.repository.setStatus(tx, id, { from, status: to }) !== 1) throw new AppError('admin.user_state')
  const sessions = to === 'suspended' ? await deps.repository.endSessions(tx, id) : []
  await deps.securityLog.write(tx, { userId: id, kind: to === 'suspended' ? 'account-suspended' : 'account-resumed', address: null, device: null })
  await deps.outbox.append(tx, platformActor(person), {
    type: to === 'suspended' ? 'users.suspended.v1' : 'users.resumed.v1', payload: { userId: id },
    audit: { subjectType: 'user', subjectId: id, data: { before: { status: from }, after: { status: to }, reason, sessionsEnded: sessions.length } },
  })
  return show(await found(deps, tx, id))
}

async function signOut(deps: AdministrationDeps, { tx, person }: Deed, { id, reason }: WithReason): Promise<{ id: UserId; sessions: number }> {
  await found(deps, tx, id)
  const sessions = await deps.repository.endSessions(tx, id)
  await deps.securityLog.write(tx, { userId: id, kind: 'session-revoked', address: null, device: null, data: { by: 'administrator' } })
  await deps.outbox.append(tx, platformActor(person), {
    type: 'users.sessions-revoked.v1', payload: { userId: id, sessions },
    audit: { subjectType: 'user', subjectId: id, data: { before: { sessions: sessions.length }, after: { sessions: 0 }, reason } },
  })
  return { id, sessions: sessions.length }
}

async function askReset(deps: AdministrationDeps, deed: Deed, { id: userId, reason }: WithReason): Promise<ShownReset> {
  const { tx, person } = deed
  const account = await other(deps, deed, userId)
  if (account.status === 'deleted') throw new AppError('admin.user_state')
  if (!account.secondFactor) throw new AppError('auth.second_factor_off')
  if (await deps.repository.otherAdministrators(tx, [person.userId, userId]) === 0) throw new AppError('admin.second_person')
  const now = deps.clock.now()
  await deps.repository.expireResets(tx, now)
  const id = newId()
  const expiresAt = new Date(now.getTime() + RESET_MS)
  if (!await deps.repository.askReset(tx, { id, userId, reason, askedBy: person.userId, expiresAt })) throw new AppError('admin.reset_open')
  await deps.outbox.append(tx, platformActor(person), {
    type: 'users.second-factor-reset-asked.v1', payload: { userId, resetId: id },
    audit: { subjectType: 'user', subjectId: userId, data: { resetId: id, reason, expiresAt: expiresAt.toISOString() } },
  })
  return showReset(await reset(deps, tx, id))
}

async function reset({ repository }: AdministrationDeps, tx: Tx, id: string): Promise<FactorReset> {
  const one = await repository.findReset(tx, id)
  if (one === null) throw new AppError('admin.reset_not_found')
  return one
}

async function decideReset(deps: AdministrationDeps, { tx, person }: Deed, { id, state }: { id: string; state: 'approved' | 'refused' }): Promise<ShownReset> {
  const asked = await reset(deps, tx, id)
  const { userId, askedBy } = asked
  if (asked.state !== 'open') throw new AppError('admin.reset_not_found')
  if (state === 'approved' && (person.userId === askedBy || person.userId === userId)) throw new AppError('admin.second_person')
  const decided = await deps.repository.decideReset(tx, { id, state, by: person.userId, at: deps.clock.now() })
  if (decided !== 1) throw new AppError('admin.reset_not_found')
  const actor = platformActor(person)
  await deps.outbox.append(tx, actor, {
    type: 'users.second-factor-reset-decided.v1', payload: { userId, resetId: id, approved: state === 'approved' },
    audit: { subjectType: 'user', subjectId: userId, data: { resetId: id, before: { state: 'open' }, after: { state }, askedBy } },
  })
  if (state === 'approved') {
    const account = await found(deps, tx, userId)
    if (await deps.repository.removeFactor(tx, userId) !== 1) throw new AppError('auth.second_factor_off')
    await tellTakenOff(deps, tx, { account, sessions: await deps.repository.endSessions(tx, userId), actor, by: 'administrators' })
  }
  return showReset(await reset(deps, tx, id))
}

export function createAdministration(deps: AdministrationDeps): Administration {
  const { repository } = deps
  return {
    admit: (tx, person) => admit(deps, tx, person),
    async admitDeed({ tx, person }) {
      await repository.lockDeeds(tx)
      await admit(deps, tx, person)
    },
    async list(tx, { status, search, ...input }) {
      const page = windowOf(input)
      return positionedPage(await repository.list(tx, { status, search }, page), page.limit, show)
    },
    get: async (tx, id) => ({ ...show(await found(deps, tx, id)), orgs: await repository.places(tx, id) }),
    suspend: (deed, { id, reason }) => turn(deps, deed, { id, from: 'active', to: 'suspended', reason }),
    resume: (deed, { id }) => turn(deps, deed, { id, from: 'suspended', to: 'active', reason: null }),
    signOut: (deed, input) => signOut(deps, deed, input),
    askReset: (deed, input) => askReset(deps, deed, input),
    async listResets(tx, { state, ...input }) {
      const page = windowOf(input)
      return positionedPage(await repository.listResets(tx, state, page), page.limit, showReset)
    },
    approveReset: (deed, { id }) => decideReset(deps, deed, { id, state: 'approved' }),
    refuseReset: (deed, { id }) => decideReset(deps, deed, { id, state: 'refused' }),
  }
}
