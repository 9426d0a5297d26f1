import type { InvitationId, Locale, MemberRole, OrgId, OrgRoleId, Page, UserId } from '@intellidocs/contracts'
import {
  AppError, hashToken, newId, positionedPage, pseudonymOf, randomToken, windowOf, type Actor, type AttemptGuard, type Clock, type InvitationGate,
  type MailQueue, type Outbox, type PageInput, type Person, type QuotaGate, type RunAsIdentity, type RunInTx, type Tx,
} from '@intellidocs/kernel'
import { permissionsOf } from '../users/index.ts'
import type { Invitation, InvitationsRepository, SpentInvitation } from './invitations.repository.ts'
import type { MembersRepository, RoleRef } from './members.repository.ts'
import { mayGiveRole } from './members.service.ts'
import { oneLine } from './one-line.ts'
import { permissionsOfRole } from './orgs.policy.ts'
import type { OrgsRepository } from './orgs.repository.ts'
import { showOrg, type ShownOrg } from './orgs.service.ts'
import type { RolesRepository } from './roles.repository.ts'

export type ShownInvitation = {
  id: InvitationId; email: string; role: MemberRole; roleId: OrgRoleId | null; invitedBy: UserId; createdAt: string; expiresAt: string
}
type NewInvitation = RoleRef & { email: string; locale: Locale }

/** Invitations bind an address, are good for one use within seven days, and are kept as the hash of their token. */
export type InvitationsService = {
  /**
   * Mails the link, and tells it nobody else: who has it has shown to receive the address's mail. Replaces what was open for the address.
   * `auth.session_required` for a key; `invitation.member`, `permission.exceeded`, `role.not_found`; `rate.limited`, for the mailbox too;
   * `quota.exceeded`: members and open invitations together take the seats of the plan.
   */
  create(caller: { actor: Actor; ip: string }, input: NewInvitation): Promise<{ invitation: ShownInvitation }>
  list(actor: Actor, input: PageInput): Promise<Page<ShownInvitation>>
  revoke(actor: Actor, input: { id: InvitationId }): Promise<{ id: InvitationId; revoked: true }>
  /** By the account that proved to have the address; one answer, `invitation.invalid`, for whatever is wrong. */
  accept(caller: { person: Person; via: 'session' | 'apiKey' | null; ip: string }, input: { token: string }): Promise<ShownOrg>
  /** For signing up by invitation. */
  readonly gate: InvitationGate
  /** In the caller's unit, for somebody who is forgotten: what is still open for the address ends. */
  forget(tx: Tx, actor: Actor, email: string): Promise<void>
}
export type InvitationsDeps = {
  /** 32 bytes; what hides addresses in the audit. */
  secretKey: Buffer
  runInTx: RunInTx; runAsIdentity: RunAsIdentity; outbox: Outbox; clock: Clock; mail: MailQueue; attempts: AttemptGuard; quota: QuotaGate
  invitations: InvitationsRepository; members: MembersRepository; roles: Pick<RolesRepository, 'find'>; orgs: Pick<OrgsRepository, 'current'>
  /** A member who has just been made. */
  memberOf: (orgId: OrgId, person: Person, as: { role: MemberRole; permissions: SpentInvitation['own'] }) => Actor
}

const DAYS = 7
const DAY_MS = 86_400_000

const show = ({ id, email, role, roleId, invitedBy, createdAt, expiresAt }: Invitation): ShownInvitation =>
  ({ id, email, role, roleId, invitedBy, createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString() })

/** The audit cannot be changed, so that addresses do not stand in it: it can be told whom a row is about by who knows the address and has the key. */
const hidden = ({ secretKey }: InvitationsDeps, { orgId }: Actor, email: string) => ({ pseudonym: pseudonymOf(secretKey, { orgId, text: email }) })

async function create(deps: InvitationsDeps, { actor, ip }: { actor: Actor; ip: string }, input: NewInvitation) {
  if (actor.kind !== 'user') throw new AppError('auth.session_required')
  const { email, role, roleId, locale } = input
  await deps.attempts.attempt('invitation', { ip, account: actor.userId })
  const token = randomToken()
  const createdAt = deps.clock.now()
  const expiresAt = new Date(createdAt.getTime() + DAYS * DAY_MS)
  const invitation: Invitation = { id: newId() as InvitationId, email, role, roleId, invitedBy: actor.userId, createdAt, expiresAt }
  await deps.runInTx(actor, async (tx) => {
    await mayGiveRole(deps, tx, { actor, role, roleId })
    const [org, inviter, member] = [
      await deps.orgs.current(tx, actor.orgId), await deps.members.find(tx, actor.orgId, actor.userId),
      await deps.members.findByEmail(tx, actor.orgId, email),
    ]
    if (org === null || inviter === null) throw new AppError('auth.forbidden')
    if (member !== null) throw new AppError('invitation.member')
    await deps.invitations.replace(tx, actor.orgId, { ...invitation, tokenHash: hashToken(token) })
    await deps.quota.hold(tx, actor, 'members')
    await deps.outbox.append(tx, actor, {
      type: 'orgs.invitation-created.v1', payload: { invitationId: invitation.id },
      audit: {
        subjectType: 'invitation', subjectId: invitation.id,
        data: { before: null, after: { email: hidden(deps, actor, email), role, roleId, expiresAt: expiresAt.toISOString() } },
      },
    })
    const data = {
      inviter: oneLine(inviter.name, inviter.email), orgName: oneLine(org.name, org.slug), token, expiresAt: expiresAt.toISOString(),
    }
    await deps.mail.enqueue(tx, actor, { to: email, locale, template: 'invitation', data })
    // Last, so that what is refused for another reason uses up nothing of the mailbox's.
    await deps.attempts.attempt('invitationMail', { ip, account: email })
  })
  return { invitation: show(invitation) }
}

function revoke(deps: InvitationsDeps, actor: Actor, id: InvitationId): Promise<{ id: InvitationId; revoked: true }> {
  return deps.runInTx(actor, async (tx) => {
    if (!await end(deps, tx, { actor, id })) throw new AppError('invitation.not_found')
    return { id, revoked: true as const }
  })
}

async function end(deps: InvitationsDeps, tx: Tx, { actor, id }: { actor: Actor; id: InvitationId }): Promise<boolean> {
  const before = await deps.invitations.remove(tx, actor.orgId, id)
  if (before === null) return false
  await deps.outbox.append(tx, actor, {
    type: 'orgs.invitation-revoked.v1', payload: { invitationId: id },
    audit: { subjectType: 'invitation', subjectId: id, data: { before: { ...before, email: hidden(deps, actor, before.email) }, after: null } },
  })
  return true
}

/** What whoever invited may still give: an invitation is worth no more than they are when it is used. */
function inviterMayGive({ inviter, role, own }: SpentInvitation): boolean {
  if (inviter === null || inviter.status !== 'active') return false
  const held = permissionsOf(inviter, null)
  return held.has('members:manage') && permissionsOfRole(role, own).every((permission) => held.has(permission))
}

async function spend(deps: InvitationsDeps, tx: Tx, { person, token, email }: { person: Person; token: string; email: string }): Promise<ShownOrg> {
  const spent = await deps.invitations.spend(tx, { tokenHash: hashToken(token), email, now: deps.clock.now() })
  if (spent === null || !inviterMayGive(spent)) throw new AppError('invitation.invalid')
  const { org, role, roleId } = spent
  const { userId } = person
  if (!await deps.members.join(tx, { orgId: org.id, userId }, { role, roleId })) throw new AppError('invitation.invalid')
  await deps.outbox.append(tx, deps.memberOf(org.id, person, { role, permissions: spent.own }), {
    type: 'orgs.member-joined.v1', payload: { userId, role, roleId },
    audit: {
      subjectType: 'member', subjectId: userId,
      data: { before: null, after: { role, roleId }, invitation: spent.id, invitedBy: spent.invitedBy },
    },
  })
  return showOrg(org, role)
}

export function createInvitationsService(deps: InvitationsDeps): InvitationsService {
  return {
    create: (caller, input) => create(deps, caller, input),
    async list(actor, input) {
      const page = windowOf(input)
      const rows = await deps.runInTx(actor, (tx) => deps.invitations.list(tx, actor.orgId, page), { readOnly: true })
      return positionedPage(rows, page.limit, show)
    },
    revoke: (actor, { id }) => revoke(deps, actor, id),
    async forget(tx, actor, email) {
      const id = await deps.invitations.openFor(tx, actor.orgId, email)
      if (id !== null) await end(deps, tx, { actor, id })
    },
    async accept({ person, via, ip }, { token }) {
      if (via === 'apiKey') throw new AppError('auth.forbidden')
      await deps.attempts.attempt('invitation', { ip, account: person.userId })
      return deps.runAsIdentity(async (tx) => {
        const email = await deps.invitations.provenAddress(tx, person.userId)
        if (email === null) throw new AppError('invitation.invalid')
        return spend(deps, tx, { person, token, email })
      })
    },
    gate: { accept: async (tx, person, { token, email }) => { await spend(deps, tx, { person, token, email }) } },
  }
}
