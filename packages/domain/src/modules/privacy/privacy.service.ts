import { privacyContract, type FlowNaming, type OrgId, type PersonalKind, type UserId } from '@intellidocs/contracts'
import { AppError, newId, pseudonymOf, recordAudit, systemActor, type Actor, type Tx } from '@intellidocs/kernel'
import { fromCursor, toCursor, type About, type Place } from './export-place.ts'
import type { PrivacyDeps } from './privacy.deps.ts'
import { maskAudit, mayAskAbout, type Standing } from './privacy.policy.ts'
import type { PersonalRecord } from './personal.repository.ts'

const AT_ONCE = 200

export type Exported = { userId: UserId | null; pseudonym: string | null; records: { kind: PersonalKind; data: Record<string, unknown> }[]; nextCursor: string | null }
export type ErasedPerson = { userId: UserId | null; pseudonym: string; flowsNaming: FlowNaming[]; certificatesHeld: number; documentsHeld: number }
/** One of the two. An address is that of the member who has it, or of somebody from outside. */
type Given = { readonly userId?: UserId | undefined; readonly email?: string | undefined }

export type PrivacyService = {
  /**
   * What the organization holds about a member, or somebody who was one, or somebody from outside by their address; names of documents that the caller may not read, and what was
   * written about them, are left out. That it was asked for is written down. In person. `member.not_found`, `member.stronger`, `auth.session_required`, `input.cursor`.
   */
  exportPerson(actor: Actor, given: Given & { cursor?: string | undefined }): Promise<Exported>
  /** The same by the person themselves, whatever their role; not by a key. */
  exportMyself(caller: { actor: Actor | null; orgRequested: string | null }, input: { cursor?: string | undefined }): Promise<Exported>
  /**
   * Ends the membership as `orgs.members.remove` does, with its errors, and forgets name and address: see docs/privacy.md for what goes and what stays. Somebody
   * who is no member any more, or never was one and came by a link, is forgotten as well. Can be repeated.
   */
  erasePerson(actor: Actor, given: Given): Promise<ErasedPerson>
  /** After the end of an account, in one of its organizations. */
  forget(orgId: OrgId, userId: UserId): Promise<void>
}

const hidden = ({ secretKey }: PrivacyDeps, orgId: OrgId, text: string): string => pseudonymOf(secretKey, { orgId, text }).slice(0, 12)

async function read(deps: PrivacyDeps, actor: Actor, { cursor, ...about }: About & { cursor?: string | undefined }): Promise<Exported> {
  const { userId, email } = about
  const of = { secretKey: deps.secretKey, actor, ...about }
  const from = cursor === undefined ? null : fromCursor(of, cursor)
  return deps.runInTx(actor, async (tx) => {
    const records: Exported['records'] = []
    let next: Place | null = from ?? { kind: privacyContract.personalKinds[0], after: null }
    while (next !== null && records.length < AT_ONCE) {
      const { kind, after }: Place = next
      const limit = AT_ONCE - records.length
      const found: PersonalRecord[] = await deps.personal.list(tx, kind, { actor, ...about, after, limit })
      records.push(...found.map(({ data }) => ({ kind, data: kind === 'audit' ? maskAudit(data, { actor, about: userId }) : data })))
      const last = found.at(-1)
      next = last !== undefined && found.length === limit ? { kind, after: last.key } : following(kind)
    }
    const [erased] = userId === null ? [] : await deps.erased.among(tx, actor.orgId, [userId])
    const subject = userId === null ? { subjectType: 'outsider', subjectId: hidden(deps, actor.orgId, email ?? '') } : { subjectType: 'user', subjectId: userId }
    if (from === null) await recordAudit(tx, actor, { action: 'privacy.person-export', ...subject, data: {} })
    return { userId, pseudonym: erased?.pseudonym ?? null, records, nextCursor: next === null ? null : toCursor(of, next) }
  })
}

function following(kind: PersonalKind): Place | null {
  const next = privacyContract.personalKinds[privacyContract.personalKinds.indexOf(kind) + 1]
  return next === undefined ? null : { kind: next, after: null }
}

/** Who is meant. @throws AppError member.not_found, for an id of nobody who was ever here */
async function whoIs(deps: PrivacyDeps, tx: Tx, { actor: { orgId }, given }: { actor: Actor; given: Given }): Promise<About & { standing: Standing | null }> {
  const userId = given.userId ?? await deps.personal.memberOf(tx, orgId, given.email ?? '')
  if (userId === null) return { userId: null, email: given.email ?? '', standing: null }
  const standing = await deps.personal.standing(tx, orgId, userId)
  if (standing === null && !await deps.erased.wasHere(tx, orgId, userId)) throw new AppError('member.not_found')
  return { userId, email: null, standing }
}

async function exportPerson(deps: PrivacyDeps, actor: Actor, { cursor, ...given }: Given & { cursor?: string | undefined }): Promise<Exported> {
  if (actor.kind !== 'user') throw new AppError('auth.session_required')
  const about = await deps.runInTx(actor, async (tx) => {
    const { userId, email, standing } = await whoIs(deps, tx, { actor, given })
    if (userId !== null && !mayAskAbout(actor, standing)) throw new AppError('member.stronger')
    return { userId, email }
  }, { readOnly: true })
  return read(deps, actor, { ...about, cursor })
}

type Held = Pick<ErasedPerson, 'certificatesHeld' | 'documentsHeld'>

/** What is kept by an address: an open invitation, and what came by links. Answers whether there was anything, and how many documents go on naming it because they are held. */
async function forgetAddress(deps: PrivacyDeps, tx: Tx, { actor, ...of }: { actor: Actor; email: string; pseudonym: string }): Promise<{ changed: boolean; documentsHeld: number }> {
  await deps.forgetInvitation(tx, actor, of.email)
  let [changed, documentsHeld] = [0, 0]
  for (const forget of deps.forgetAddress) {
    const forgotten = await forget(tx, actor, of)
    changed += forgotten.changed
    documentsHeld += forgotten.held
  }
  return { changed: changed > 0, documentsHeld }
}

/** In one unit of the organization: the row that read paths ask, and what names them goes. */
async function forgetIn(deps: PrivacyDeps, tx: Tx, { actor, userId, email }: { actor: Actor; userId: UserId; email: string | null }): Promise<Held> {
  await deps.erased.lock(tx, actor.orgId)
  const pseudonym = `Former member ${hidden(deps, actor.orgId, userId)}`
  if (await deps.erased.insert(tx, actor.orgId, { userId, pseudonym, at: deps.clock.now(), by: actor.userId })) {
    await deps.outbox.append(tx, actor, {
      type: 'privacy.person-erased.v1', payload: { userId, pseudonym }, audit: { subjectType: 'user', subjectId: userId, data: { pseudonym } },
    })
  }
  const { documentsHeld } = email === null ? { documentsHeld: 0 } : await forgetAddress(deps, tx, { actor, email: email.toLowerCase(), pseudonym })
  return { certificatesHeld: await deps.takeBackCertificates(tx, actor.orgId, userId), documentsHeld }
}

/** Nobody from outside has a row of their own, so there is none to remember that they were erased. */
function eraseOutsider(deps: PrivacyDeps, actor: Actor, email: string): Promise<ErasedPerson> {
  const digits = hidden(deps, actor.orgId, email)
  const pseudonym = `Former outsider ${digits}`
  return deps.runInTx(actor, async (tx) => {
    const flowsNaming = await deps.erased.flowsNaming(tx, actor.orgId, email)
    const { changed, documentsHeld } = await forgetAddress(deps, tx, { actor, email, pseudonym })
    if (changed) {
      await deps.outbox.append(tx, actor, {
        type: 'privacy.outsider-erased.v1', payload: { pseudonym }, audit: { subjectType: 'outsider', subjectId: digits, data: { pseudonym } },
      })
    }
    return { userId: null, pseudonym, flowsNaming, certificatesHeld: 0, documentsHeld }
  })
}

async function erasePerson(deps: PrivacyDeps, actor: Actor, given: Given): Promise<ErasedPerson> {
  if (actor.kind !== 'user') throw new AppError('auth.session_required')
  const { userId, email, standing } = await deps.runInTx(actor, (tx) => whoIs(deps, tx, { actor, given }), { readOnly: true })
  if (userId === null) return eraseOutsider(deps, actor, email ?? '')
  // The one who is asked for is told by the rows; their address is looked up past them, and shown to nobody.
  const [person] = await deps.called([userId])
  // Committed by itself, with all that it asks of the caller: what follows only forgets, and does so again when it is asked for again.
  if (standing !== null) await deps.endMembership(actor, { userId })
  return deps.runInTx(actor, async (tx) => {
    const flowsNaming = person === undefined ? [] : await deps.erased.flowsNaming(tx, actor.orgId, person.email)
    const held = await forgetIn(deps, tx, { actor, userId, email: person?.email ?? null })
    const [erased] = await deps.erased.among(tx, actor.orgId, [userId])
    if (erased === undefined) throw new AppError('member.state')
    return { userId, pseudonym: erased.pseudonym, flowsNaming, ...held }
  })
}

export function createPrivacyService(deps: PrivacyDeps): PrivacyService {
  return {
    exportPerson: (actor, given) => exportPerson(deps, actor, given),
    async exportMyself({ actor, orgRequested }, { cursor }) {
      if (actor === null) throw new AppError(orgRequested === null ? 'org.required' : 'org.not_found')
      if (actor.kind !== 'user') throw new AppError('auth.forbidden')
      return read(deps, actor, { userId: actor.userId, email: null, cursor })
    },
    erasePerson: (actor, given) => erasePerson(deps, actor, given),
    forget: (orgId, userId) => {
      const actor = systemActor(orgId, newId())
      return deps.runInTx(actor, async (tx) => { await forgetIn(deps, tx, { actor, userId, email: null }) })
    },
  }
}
