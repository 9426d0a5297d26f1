import { mailContract, type Mail } from '@intellidocs/contracts'
import { newId, systemActor, type NoticeMaker } from '@intellidocs/kernel'
import type { Noticed } from './inbox.repository.ts'
import { channelsOf, kindsFor, permissionsOfRole } from './kinds.policy.ts'
import type { TellingDeps } from './notifications.deps.ts'
import { unsubscribeToken, type Scope } from './unsubscribe-token.ts'

type Deps = Pick<TellingDeps, 'runInTx' | 'people' | 'inbox' | 'preferences' | 'secretKeys' | 'clock'>
type Item = { what: Scope & Exclude<Noticed['kind'], 'security'>; title: string }

/** UTF-16 units, as the contract of mails counts a name. */
const LONGEST = 100
/** What could break a line or turn the direction of writing, wherever a name came from. */
const UNFIT = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu
const signs = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** As much of a text as fits into so many units, cut between signs as people see them. */
function cutTo(text: string, units: number): string {
  let end = 0
  for (const { index, segment } of signs.segment(text)) {
    if (index + segment.length > units) break
    end = index + segment.length
  }
  return text.slice(0, end).trimEnd()
}

/** A name as a mail may repeat it. */
export function mailLine(text: string): string {
  const line = text.toWellFormed().replace(UNFIT, ' ').trim()
  if (line === '') return '…'
  return line.length > LONGEST ? `${cutTo(line, LONGEST - 1)}…` : line
}

/** Kinds of which mail is made; on security the module `users` mails. */
function itemsOf(rows: readonly Noticed[], orgName: string): Item[] {
  return rows.flatMap(({ kind, title, facts }): Item[] => {
    if (kind === 'security') return []
    if (kind === 'tasks_overdue') return [{ what: kind, title: String(facts.tasks ?? 1) }]
    return [{ what: kind, title: mailLine(title ?? orgName) }]
  })
}

/**
 * Says what a notice says at this moment: what its reader may not see any more, has read or does not want to have mailed is left out, and where nothing is
 * left there is no mail.
 */
export function createNoticeMaker({ runInTx, people, inbox, preferences, secretKeys, clock }: Deps): NoticeMaker {
  return (orgId, { userId, noticeId }) => runInTx(systemActor(orgId, newId()), async (tx): Promise<Mail | null> => {
    const to = await people.recipient(tx, orgId, userId)
    if (to === null) return null
    const chosen = await preferences.chosen(tx, { orgId, userId })
    const kinds = kindsFor(permissionsOfRole(to.role, to.custom)).filter((kind) => channelsOf(chosen, kind).mail !== 'off')
    const rows = await inbox.ofNotice(tx, { orgId, userId, kinds, principals: to.principals }, { noticeId, limit: mailContract.DIGEST_MOST })
    const orgName = mailLine(to.orgName)
    const items = itemsOf(rows, orgName)
    const [first] = items
    if (first === undefined) return null
    const tokenFor = (scope: Scope): string => unsubscribeToken(secretKeys[0], { orgId, userId, scope, locale: to.locale }, clock.now())
    const [head, name] = [{ to: to.email, locale: to.locale }, mailLine(to.name)]
    if (rows[0]?.mail === 'immediate') return { ...head, template: 'notification', data: { name, orgName, ...first, unsubscribe: tokenFor(first.what) } }
    return { ...head, template: 'digest', data: { name, orgName, count: String(rows[0]?.all ?? 0), items, unsubscribe: tokenFor('digest') } }
  }, { readOnly: true })
}
