import { privacyContract, type FlowId, type OrgId, type PersonalKind, type UserId } from '@intellidocs/contracts'
import { AppError, newId, pseudonymOf, recordAudit, systemActor, type Actor, type Tx } from '@intellidocs/kernel'
import { fromCursor, toCursor, type Place } from './export-place.ts'
import type { PrivacyDeps } from './privacy.deps.ts'
import { maskAudit, mayAskAbout } from './privacy.policy.ts'
import type { PersonalRecord } from './personal.repository.ts'

const AT_ONCE = 200

export type Exported = { userId: UserId; pseudonym: string | null; records: { kind: PersonalKind; data: Record<string, unknown> }[]; nextCursor: string | null }
export type ErasedPerson = { userId: UserId; pseudonym: string; flowsNaming: FlowId[]; certificatesHeld: number }
type About = { userId: UserId; cursor?: string | undefined }

export type PrivacyService = {
  /**
   * What the organization holds about a member, or somebody who was one; names of documents that the caller may not read, and what was written about them, are left out. That it was asked for is written down.
   * In person. `member.not_found`, `member.stronger`, `auth.session_required`, `input.cursor`.
   */
  exportPerson(actor: Actor, about: About): Promise<Exported>
  /** The same by the person themselves, whatever their role; not by a key. */
  exportMyself(caller: { actor: Actor | null; orgRequested: string | null }, input: { cursor?: string | undefined }): Promise<Exported>
  /**
   * Ends the membership as `orgs.members.remove` does, with its errors, and forgets name and address: see docs/privacy.md for what goes and what stays. Somebody
   * who is no member any more is forgotten as well. Can be repeated.
   */
  erasePerson(actor: Actor, input: { userId: UserId }): Promise<ErasedPerson>
  /** After the end of an account, in one of its organizations. */
  forget(orgId: OrgId, userId: UserId): Promise<void>
}

async function read(deps: PrivacyDeps, actor: Actor, { userId, cursor }: About): Promise<Exported> {
  const of = { secretKey: deps.secretKey, actor, userId }
  const from = cursor === undefined ? null : fromCursor(of, cursor)
  return deps.runInTx(actor, async (tx) => {
    const records: Exported['records'] = []
    let next: Place | null = from ?? { kind: privacyContract.personalKinds[0], after: null }
    while (next !== null && records.length < AT_ONCE) {
      const { kind, after }: Place = next
      const limit = AT_ONCE - records.length
      const found: PersonalRecord[] = await deps.personal.list(tx, kind, { actor, userId, after, limit })
      records.push(...found.map(({ data }) => ({ kind, data: kind === 'audit' ? maskAudit(data, { actor, about: userId }) : data })))
      const last = found.at(-1)
      next = last !== undefined && found.length === limit ? { kind, after: last.key } : following(kind)
    }
    const [erased] = await deps.erased.among(tx, actor.orgId, [userId])
    if (from === null) await recordAudit(tx, actor, { action: 'privacy.person-export', subjectType: 'user', subjectId: userId, data: {} })
    return { userId, pseudonym: erased?.pseudonym ?? null, records, nextCursor: next === null ? null : toCursor(of, next) }
  })
}

function following(kind: PersonalKind): Place | null {
  const next = privacyContract.personalKinds[privacyContract.personalKinds.indexOf(kind) + 1]
  return next === undefined ? null : { kind: next, after: null }
}

async function exportPerson(deps: PrivacyDeps, actor: Actor, about: About): Promise<Exported> {
  if (actor.kind !== 'user') throw new AppError('auth.session_required')
  await deps.runInTx(actor, async (tx) => {
    const standing = await deps.personal.standing(tx, actor.orgId, about.userId)
    if (standing === null && !await deps.erased.wasHere(tx, actor.orgId, about.userId)) throw new AppError('member.not_found')
    if (!mayAskAbout(actor, standing)) throw new AppError('member.stronger')
  }, { readOnly: true })
  return read(deps, actor, about)
}

/** In one unit of the organization: the row that read paths ask, and what names them goes. Answers how many certificates stay, because they are held. */
async function forgetIn(deps: PrivacyDeps, tx: Tx, { actor, userId, email }: { actor: Actor; userId: UserId; email: string | null }): Promise<number> {
  await deps.erased.lock(tx, actor.orgId)
  const pseudonym = `Former member ${pseudonymOf(deps.secretKey, { orgId: actor.orgId, text: userId }).slice(0, 12)}`
  if (await deps.erased.insert(tx, actor.orgId, { userId, pseudonym, at: deps.clock.now(), by: actor.userId })) {
    await deps.outbox.append(tx, actor, {
      type: 'privacy.person-erased.v1', payload: { userId, pseudonym }, audit: { subjectType: 'user', subjectId: userId, data: { pseudonym } },
    })
  }
  if (email !== null) await deps.forgetInvitation(tx, actor, email)
  return deps.takeBackCertificates(tx, actor.orgId, userId)
}

async function erasePerson(deps: PrivacyDeps, actor: Actor, { userId }: { userId: UserId }): Promise<ErasedPerson> {
  if (actor.kind !== 'user') throw new AppError('auth.session_required')
  const isMember = await deps.runInTx(actor, async (tx) => {
    if (await deps.personal.standing(tx, actor.orgId, userId) !== null) return true
    if (!await deps.erased.wasHere(tx, actor.orgId, userId)) throw new AppError('member.not_found')
    return false
  }, { readOnly: true })
  // The one who is asked for is told by the rows; their address is looked up past them, and shown to nobody.
  const [person] = await deps.called([userId])
  // Committed by itself, with all that it asks of the caller: what follows only forgets, and does so again when it is asked for again.
  if (isMember) await deps.endMembership(actor, { userId })
  return deps.runInTx(actor, async (tx) => {
    const flowsNaming = person === undefined ? [] : await deps.erased.flowsNaming(tx, actor.orgId, person.email)
    const certificatesHeld = await forgetIn(deps, tx, { actor, userId, email: person?.email ?? null })
    const [erased] = await deps.erased.among(tx, actor.orgId, [userId])
    if (erased === undefined) throw new AppError('member.state')
    return { userId, pseudonym: erased.pseudonym, flowsNaming, certificatesHeld }
  })
}

export function createPrivacyService(deps: PrivacyDeps): PrivacyService {
  return {
    exportPerson: (actor, about) => exportPerson(deps, actor, about),
    async exportMyself({ actor, orgRequested }, { cursor }) {
      if (actor === null) throw new AppError(orgRequested === null ? 'org.required' : 'org.not_found')
      if (actor.kind !== 'user') throw new AppError('auth.forbidden')
      return read(deps, actor, { userId: actor.userId, cursor })
    },
    erasePerson: (actor, input) => erasePerson(deps, actor, input),
    forget: (orgId, userId) => {
      const actor = systemActor(orgId, newId())
      return deps.runInTx(actor, async (tx) => { await forgetIn(deps, tx, { actor, userId, email: null }) })
    },
  }
}
