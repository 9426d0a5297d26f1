import type { Assignee, FlowStage, UserId } from '@intellidocs/contracts'
import { approvalsNeeded, MAX_PEOPLE, needsEach } from '../engine/rules.ts'
import { membersAmong, whoMayDecide } from '../people.repository.ts'
import { askable, follow, resolve, standIns, successors, type Chosen } from './people.ts'
import type { Work } from './work.ts'

/** Whom a stage asks, or those whom it asked before. */
type Wanted = { readonly asked: readonly Assignee[] } | { readonly again: readonly UserId[] }
/** `named`: not as members of a group or a role. `away`: the places of those who were named and are no member, or of whom nothing is known. */
type Found = { readonly people: Set<UserId>; readonly named: Set<UserId>; readonly away: (UserId | null)[] }
type Gaps = readonly (UserId | null)[]

async function find(work: Work, assignees: readonly Assignee[]): Promise<Found> {
  const found: Found = { people: new Set(), named: new Set(), away: [] }
  for (const assignee of assignees) {
    const isPerson = !('group' in assignee || 'role' in assignee)
    const members = await resolve(work, [assignee])
    for (const userId of members) found.people.add(userId)
    if (isPerson) for (const userId of members) found.named.add(userId)
    if (isPerson && members.length === 0) found.away.push('user' in assignee ? assignee.user : null)
  }
  return found
}

/** The same of people, however many. */
async function findAgain({ tx, run }: Work, userIds: readonly UserId[]): Promise<Found> {
  const people = new Set(await membersAmong(tx, run.orgId, userIds))
  return { people, named: people, away: [...new Set(userIds)].filter((userId) => !people.has(userId)) }
}

/** Whoever stands in for somebody is asked in their place. */
async function inPerson(work: Work, people: readonly UserId[], { why, taken }: { why: Chosen['why']; taken: ReadonlySet<UserId> }): Promise<Chosen[]> {
  const voices = new Set([...taken, ...people])
  const stand = await standIns(work, people)
  return people.map((userId): Chosen => {
    const person = follow(stand, userId, voices)
    voices.add(person)
    return person === userId ? { userId, why, forId: null } : { userId: person, why: 'delegated', forId: userId }
  })
}

/** The places of those who were to be asked and cannot be; whom four eyes bar has none. */
async function gapsIn(work: Work, stage: FlowStage, { people, named, away, can }: Found & { readonly can: ReadonlySet<UserId> }): Promise<Gaps> {
  if (stage.ifAway === 'drop') return []
  const cannot = [...people].filter((userId) => !can.has(userId) && !work.barred.has(userId))
  const kept = await keptFrom(work, stage, cannot)
  return [...away, ...cannot.filter((userId) => named.has(userId) || kept.has(userId))]
}

/** Those who could be asked if the document were shown to them, where the word of each one counts. */
const keptFrom = async ({ tx, run }: Work, stage: FlowStage, cannot: readonly UserId[]): Promise<Set<UserId>> =>
  (needsEach(stage.decide) ? whoMayDecide(tx, run.orgId, cannot) : new Set())

/** Those asked, and whoever takes the places that are empty or that the rule wants besides; null where a place that counts stays empty. */
async function filled(work: Work, stage: FlowStage, { asked, gaps }: { asked: readonly Chosen[]; gaps: Gaps }): Promise<Chosen[] | null> {
  const least = stage.ifAway === 'drop' ? 1 : approvalsNeeded(stage.decide, 1)
  const places = [...gaps, ...Array.from({ length: Math.max(0, least - asked.length - gaps.length) }, () => null)]
  if (places.length === 0) return [...asked]
  const voices = new Set(asked.map(({ userId }) => userId))
  const free = (await successors(work, stage)).filter((userId) => !voices.has(userId))
  if (gaps.length > free.length && needsEach(stage.decide)) return null
  return [...asked, ...free.slice(0, places.length).map((userId, at): Chosen => ({ userId, why: 'moved', forId: places[at] ?? null }))]
}

/**
 * Who gets a task where these are to be asked: nobody twice, whoever stands in for somebody in their place, and for those named who cannot be asked whoever the stage names
 * for that; so also for members of groups and roles where the word of each one counts (`all`, `veto`), who are left out elsewhere. Fewer than the approvals that it wants are
 * filled up in the same way. Null: nobody is left, a place that counts stays empty, or there are more than one stage asks.
 */
export async function choose(work: Work, stage: FlowStage, wanted: Wanted): Promise<Chosen[] | null> {
  const found = 'asked' in wanted ? await find(work, wanted.asked) : await findAgain(work, wanted.again)
  if (found.people.size > MAX_PEOPLE) return null
  const can = await askable(work, [...found.people])
  const asked = await inPerson(work, [...found.people].filter((userId) => can.has(userId)), { why: 'asked' in wanted ? 'asked' : 'again', taken: new Set() })
  const chosen = await filled(work, stage, { asked, gaps: await gapsIn(work, stage, { ...found, can }) })
  return chosen === null || chosen.length === 0 || chosen.length > MAX_PEOPLE ? null : chosen
}

type More = { readonly people: readonly UserId[]; /** Who has a voice in the stage already. */ readonly taken: ReadonlySet<UserId> }

/**
 * Whom an escalation asks besides; nobody in the place of those who cannot be asked, and nobody at all where they would be too many. `complete` is false where somebody is
 * missing whose word would count, so that these may not stand for those before.
 */
export async function chooseMore(work: Work, stage: FlowStage, { people, taken }: More): Promise<{ chosen: Chosen[]; complete: boolean }> {
  if (people.length + taken.size > MAX_PEOPLE) return { chosen: [], complete: false }
  const can = await askable(work, people)
  const missing = stage.ifAway === 'drop' ? [] : people.filter((userId) => !can.has(userId) && !work.barred.has(userId))
  const chosen = await inPerson(work, people.filter((userId) => can.has(userId) && !taken.has(userId)), { why: 'escalated', taken })
  return { chosen, complete: (await keptFrom(work, stage, missing)).size === 0 }
}
