import type { Assignee, FlowStage, ReasonForTask, UserId } from '@intellidocs/contracts'
import { membersOf, standInsFor, whoCanDecide } from '../people.repository.ts'
import type { Work } from './work.ts'

/** Whom a task is for, and how it came to them. `forId`: who was asked first. */
export type Chosen = { readonly userId: UserId; readonly why: ReasonForTask; readonly forId: UserId | null }
/** Who stands in for whom now, as far as they can be asked and the flow lets them. */
type StandIns = ReadonlyMap<UserId, UserId>

/** Delegations of delegations that are followed. */
const CHAIN = 3

const aroundOf = ({ run, document }: Work) => ({ orgId: run.orgId, requesterId: run.requesterId, metadata: document.metadata })

export async function resolve(work: Work, assignees: readonly Assignee[]): Promise<UserId[]> {
  const found = new Set<UserId>()
  for (const assignee of assignees) for (const userId of await membersOf(work.tx, aroundOf(work), assignee)) found.add(userId)
  return [...found]
}

/** Those who can be asked: they can decide about the document, and four eyes do not bar them. */
export async function askable({ tx, run, barred }: Work, people: readonly UserId[]): Promise<Set<UserId>> {
  const can = await whoCanDecide(tx, { orgId: run.orgId, documentId: run.documentId }, people)
  for (const userId of barred) can.delete(userId)
  return can
}

/** To whom tasks go whose people cannot be asked (any more): those whom the stage's rule names, then the owners, as far as they can be asked. */
export async function successors(work: Work, stage: FlowStage): Promise<UserId[]> {
  const ruled = stage.ifAway === undefined || stage.ifAway === 'drop' ? [] : await resolve(work, [stage.ifAway])
  const candidates = [...new Set([...ruled, ...await resolve(work, [{ role: 'owner' }])])]
  const can = await askable(work, candidates)
  return candidates.filter((userId) => can.has(userId))
}

/** Those of the people whom the flow lets take over tasks. That they can decide is another question: `askable`. */
export async function takersAmong(work: Work, people: readonly UserId[]): Promise<Set<UserId>> {
  const { allowed, to } = work.run.spec.delegation
  if (!allowed) return new Set()
  const listed = to === undefined ? null : new Set(await resolve(work, to))
  return new Set(people.filter((userId) => listed === null || listed.has(userId)))
}

/** Of all these people at once, however many. */
export async function standIns(work: Work, people: readonly UserId[]): Promise<StandIns> {
  const of = { orgId: work.run.orgId, flowId: work.run.flowId, at: work.at }
  const found = new Map<UserId, UserId>()
  let ahead = [...people]
  for (let times = 0; times < CHAIN && ahead.length > 0; times += 1) {
    const next = await standInsFor(work.tx, of, ahead)
    for (const [from, to] of next) found.set(from, to)
    ahead = [...new Set(next.values())].filter((userId) => !found.has(userId))
  }
  const takers = [...new Set(found.values())]
  const [can, may] = [await askable(work, takers), await takersAmong(work, takers)]
  return new Map([...found].filter(([, to]) => can.has(to) && may.has(to)))
}

/** Follows who stands in for whom, at most three times, as long as the next one has no voice yet. */
export function follow(stand: StandIns, userId: UserId, taken: ReadonlySet<UserId>): UserId {
  const seen = new Set([userId])
  let person = userId
  for (let times = 0; times < CHAIN; times += 1) {
    const next = stand.get(person)
    if (next === undefined || seen.has(next) || taken.has(next)) break
    seen.add(next)
    person = next
  }
  return person
}
