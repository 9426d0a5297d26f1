import type { Assignee, FlowStage, UserId } from '@intellidocs/contracts'
import { approvalsNeeded, MAX_PEOPLE, needsEach } from '../engine/rules.ts'
import { whoMayDecide } from '../people.repository.ts'
import { askable, follow, resolve, standIns, successors, type Chosen } from './people.ts'
import type { Work } from './work.ts'

type Wanted = { readonly people: readonly (Assignee | UserId)[]; readonly why: 'asked' | 'again' }
/** `named`: not as members of a group or a role. `away`: the places of those who were named and are no member, or of whom nothing is known. */
type Found = { readonly people: Set<UserId>; readonly named: Set<UserId>; readonly away: (UserId | null)[] }
type Gaps = readonly (UserId | null)[]

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
  // Of groups and roles those whom only the document is kept from, and only where the word of each one counts.
  const kept = needsEach(stage.decide) ? await whoMayDecide(work.tx, work.run.orgId, cannot) : new Set<UserId>()
  return [...away, ...cannot.filter((userId) => named.has(userId) || kept.has(userId))]
}

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
  const found = await find(work, wanted.people)
  if (found.people.size > MAX_PEOPLE) return null
  const can = await askable(work, [...found.people])
  const asked = await inPerson(work, [...found.people].filter((userId) => can.has(userId)), { why: wanted.why, taken: new Set() })
  const chosen = await filled(work, stage, { asked, gaps: await gapsIn(work, stage, { ...found, can }) })
  return chosen === null || chosen.length === 0 || chosen.length > MAX_PEOPLE ? null : chosen
}

/** Whom an escalation asks besides those who have a voice (`taken`); nobody in the place of those who cannot be asked, and nobody at all where they would be too many. */
export async function chooseMore(work: Work, people: readonly UserId[], taken: ReadonlySet<UserId>): Promise<Chosen[]> {
  const can = people.length + taken.size > MAX_PEOPLE ? new Set<UserId>() : await askable(work, people)
  return inPerson(work, people.filter((userId) => can.has(userId) && !taken.has(userId)), { why: 'escalated', taken })
}
