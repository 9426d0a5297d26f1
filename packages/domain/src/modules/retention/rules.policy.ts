import type { FieldValue, FolderId, RetentionRule } from '@intellidocs/contracts'

/** A rule, as far as it decides. */
export type Rule = Pick<RetentionRule, 'id' | 'name' | 'on' | 'since' | 'keepDays' | 'deleteDays' | 'needsRelease'>

/** What rules ask of a document; type and time of upload are those of its current version. `path`: the folders above it, from the top. */
export type RuledFacts = {
  readonly path: readonly FolderId[]; readonly mime: string | null; readonly tags: readonly string[]; readonly metadata: Readonly<Record<string, FieldValue>>
  readonly createdAt: Date; readonly uploadedAt: Date; readonly trashedAt: Date | null
}
/** `trashDays` null: what is in the trash stays there. */
export type Ruling = { readonly rules: readonly Rule[]; readonly trashDays: number | null; readonly now: Date }

export type Verdict =
  /** `until` null: until the field that the rule counts from holds a date. */
  | { readonly kind: 'kept'; readonly rule: Rule; readonly until: Date | null }
  /** `by` null: the time of the trash is over. It goes once each of `releases` was recorded. */
  | { readonly kind: 'due'; readonly by: Rule | null; readonly releases: readonly Rule[] }
  | { readonly kind: 'stays' }

const DAY_MS = 86_400_000
const after = (start: Date, days: number): Date => new Date(start.getTime() + days * DAY_MS)

export function isOn({ on }: Rule, { path, mime, tags }: RuledFacts): boolean {
  if ('folderId' in on) return path.includes(on.folderId)
  if ('tag' in on) return tags.includes(on.tag)
  if ('type' in on) return mime !== null && (on.type.endsWith('/*') ? mime.startsWith(on.type.slice(0, -1)) : mime === on.type)
  return true
}

/** The same where a document is kept: one whose type is not told yet, or never, may be of any, and what was deleted in the meantime would not come back. */
const mayBeOn = (rule: Rule, facts: RuledFacts): boolean => isOn(rule, facts) || ('type' in rule.on && facts.mime === null)

const DATE = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))?$/

/** When the days of a rule began to count for a document; null where its field holds no date. */
export function startOf({ since }: Rule, { createdAt, uploadedAt, metadata }: RuledFacts): Date | null {
  if (since === 'created') return createdAt
  if (since === 'uploaded') return uploadedAt
  const value = metadata[since.field]
  const start = typeof value === 'string' && DATE.test(value) ? new Date(value) : null
  return start === null || Number.isNaN(start.getTime()) ? null : start
}

type Kept = Extract<Verdict, { kind: 'kept' }>

/** The keep that lasts longest of those that last; one without a date lasts longer than all others. */
export function keptBy(facts: RuledFacts, { rules, now }: Pick<Ruling, 'rules' | 'now'>): Kept | null {
  let longest: Kept | null = null
  for (const rule of rules) {
    if (rule.keepDays === null || !mayBeOn(rule, facts)) continue
    const start = startOf(rule, facts)
    const until = start === null ? null : after(start, rule.keepDays)
    if (until !== null && until <= now) continue
    if (longest === null || (longest.until !== null && (until === null || until > longest.until))) longest = { kind: 'kept', rule, until }
  }
  return longest
}

/** What becomes of a document now. Any keep goes before any deletion; what several rules delete goes once each that asks for a release has one. */
export function verdictOf(facts: RuledFacts, ruling: Ruling): Verdict {
  const kept = keptBy(facts, ruling)
  if (kept !== null) return kept
  const { rules, trashDays, now } = ruling
  const due = rules.flatMap((rule) => {
    const start = rule.deleteDays === null || !isOn(rule, facts) ? null : startOf(rule, facts)
    const at = start === null || rule.deleteDays === null ? null : after(start, rule.deleteDays)
    return at !== null && at <= now ? [{ rule, at: at.getTime() }] : []
  }).toSorted((a, b) => a.at - b.at || (a.rule.id < b.rule.id ? -1 : 1)).map(({ rule }) => rule)
  const outOfTrash = facts.trashedAt !== null && trashDays !== null && after(facts.trashedAt, trashDays) <= now
  if (due.length === 0 && !outOfTrash) return { kind: 'stays' }
  return { kind: 'due', by: due[0] ?? null, releases: due.filter(({ needsRelease }) => needsRelease) }
}
