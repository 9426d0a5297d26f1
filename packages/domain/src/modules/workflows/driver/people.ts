import type { Assignee, FlowStage, ReasonForTask, UserId } from '@intellidocs/contracts'
import { membersOf, standInsFor, whoCanDecide } from '../people.repository.ts'
import type { Work } from './work.ts'

/** Whom a task is for, and how it came to them. `forId`: who was asked first. */
export type Chosen = { readonly userId: UserId; readonly why: ReasonForTask; readonly forId: UserId | null }

/** Delegations of delegations that are followed. */
const CHAIN = 3

const aroundOf = ({ run, document }: Work) => ({ orgId: run.orgId, requesterId: run.requesterId, metadata: document.metadata })

export async function resolve(work: Work, assignees: readonly Assignee[]): Promise<UserId[]> {
  const found = new Set<UserId>()
  for (const assignee of assignees) for (const userId of await membersOf(work.tx, aroundOf(work), assignee)) found.add(userId)
  return [...found]
}

/** Those who can be asked: they can decide about the document, and under four eyes they are not whoever asked. */
export async function askable({ tx, run }: Work, people: readonly UserId[]): Promise<Set<UserId>> {
  const can = await whoCanDecide(tx, { orgId: run.orgId, documentId: run.documentId }, people)
  if (run.spec.fourEyes) can.delete(run.requesterId)
  return can
}

/** To whom a task goes whose person cannot be asked (any more): the first by the stage's rule, then the first owner, who has no voice in the stage yet. */
export async function instead(work: Work, stage: FlowStage, taken: ReadonlySet<UserId>): Promise<UserId | null> {
  const ruled = stage.ifAway === undefined || stage.ifAway === 'drop' ? [] : await resolve(work, [stage.ifAway])
  const candidates = [...ruled, ...await resolve(work, [{ role: 'owner' }])]
  const can = await askable(work, candidates)
  return candidates.find((userId) => can.has(userId) && !taken.has(userId)) ?? null
}

/** Whether the flow lets tasks be handed on to this person. That they can decide is another question: `askable`. */
export async function mayTakeOver(work: Work, userId: UserId): Promise<boolean> {
  const { allowed, to } = work.run.spec.delegation
  if (!allowed) return false
  return to === undefined || (await resolve(work, to)).includes(userId)
}

/** Follows who stands in for whom now, at most three times, as long as the next one can be asked. */
export async function follow(work: Work, userId: UserId, taken: ReadonlySet<UserId>): Promise<UserId> {
  const seen = new Set([userId])
  let person = userId
  for (let times = 0; times < CHAIN; times += 1) {
    const next = (await standInsFor(work.tx, { orgId: work.run.orgId, flowId: work.run.flowId, at: work.at }, [person])).get(person)
    if (next === undefined || seen.has(next) || taken.has(next)) break
    if (!(await askable(work, [next])).has(next) || !await mayTakeOver(work, next)) break
    seen.add(next)
    person = next
  }
  return person
}

type Wanted = {
  readonly people: readonly (Assignee | UserId)[]
  readonly why: 'asked' | 'again' | 'escalated'
  /** Who has a voice in the stage already. */
  readonly taken?: ReadonlySet<UserId>
}
/** `away`: the places of those who were named and are no member, or of whom nothing is known. */
type Found = { readonly people: Set<UserId>; readonly named: Set<UserId>; readonly away: (UserId | null)[] }

async function find(work: Work, entries: Wanted['people']): Promise<Found> {
  const found: Found = { people: new Set(), named: new Set(), away: [] }
  for (const entry of entries) {
    const isPerson = typeof entry === 'string' || !('group' in entry || 'role' in entry)
    const members = await resolve(work, [typeof entry === 'string' ? { user: entry } : entry])
    for (const userId of members) found.people.add(userId)
    if (isPerson) for (const userId of members) found.named.add(userId)
    if (isPerson && members.length === 0) found.away.push(typeof entry === 'string' ? entry : 'user' in entry ? entry.user : null)
  }
  return found
}

/**
 * Who gets a task where these are to be asked: nobody twice, whoever stands in for somebody in their place, and for those named who cannot be asked whoever the stage names
 * for that. Members of groups and roles that cannot be asked are left out. Empty when there is nobody at all.
 */
export async function choose(work: Work, stage: FlowStage, wanted: Wanted): Promise<Chosen[]> {
  const { people, named, away } = await find(work, wanted.people)
  const can = await askable(work, [...people])
  const asked = [...people].filter((userId) => can.has(userId) && wanted.taken?.has(userId) !== true)
  const voices = new Set([...wanted.taken ?? [], ...asked])
  const chosen: Chosen[] = []
  for (const userId of asked) {
    const person = await follow(work, userId, voices)
    voices.add(person)
    chosen.push(person === userId ? { userId, why: wanted.why, forId: null } : { userId: person, why: 'delegated', forId: userId })
  }
  if (wanted.why === 'escalated') return chosen
  const isRequester = (userId: UserId): boolean => work.run.spec.fourEyes && userId === work.run.requesterId
  const gaps = stage.ifAway === 'drop' ? [] : [...away, ...[...named].filter((userId) => !can.has(userId) && !isRequester(userId))]
  if (chosen.length === 0 && gaps.length === 0) gaps.push(null)
  for (const forId of gaps) {
    const other = await instead(work, stage, voices)
    if (other === null) break
    voices.add(other)
    chosen.push({ userId: other, why: 'moved', forId })
  }
  return chosen
}
