import type { Condition, FieldValue } from '@intellidocs/contracts'
import type { Facts } from './types.ts'

/** A condition on one fact. */
export type Compared = Extract<Condition, { fact: string }>

const sameText = (text: FieldValue): FieldValue => (typeof text === 'string' ? text.normalize('NFC') : text)
export const sameTag = (tag: FieldValue): FieldValue => (typeof tag === 'string' ? tag.normalize('NFC').trim().toLowerCase() : tag)

/** What a fact is worth: no value where it is not known, several for tags. */
function valuesOf({ fact }: Compared, facts: Facts): readonly FieldValue[] {
  if (fact === 'tag') return facts.tags.map(sameTag)
  const value = fact.startsWith('metadata.') ? ownField(facts.metadata, fact.slice('metadata.'.length)) : plainFact(fact, facts)
  return value === null ? [] : [sameText(value)]
}

const ownField = (metadata: Facts['metadata'], name: string): FieldValue | null => (Object.hasOwn(metadata, name) ? metadata[name] ?? null : null)

function plainFact(fact: string, { name, type, pages, size, language, folderId }: Facts): FieldValue | null {
  return new Map<string, FieldValue | null>([['name', name], ['type', type], ['pages', pages], ['size', size], ['language', language], ['folder', folderId]]).get(fact) ?? null
}

/** Of one fact's values alone; what is not known is nothing, and neither above nor below anything. */
export function comparedHolds(condition: Compared, values: readonly FieldValue[]): boolean {
  const same = condition.fact === 'tag' ? sameTag : sameText
  const has = (wanted: FieldValue): boolean => values.includes(same(wanted))
  if ('is' in condition) return has(condition.is)
  if ('isNot' in condition) return !has(condition.isNot)
  if ('oneOf' in condition) return condition.oneOf.some(has)
  if ('exists' in condition) return (values.length > 0) === condition.exists
  const [value] = values
  if (typeof value !== 'number') return false
  return 'above' in condition ? value > condition.above : value < condition.below
}

/** Texts are compared letter by letter, tags without regard to upper and lower case, folders by id. */
export function holdsFor(condition: Condition, facts: Facts): boolean {
  if ('all' in condition) return condition.all.every((part) => holdsFor(part, facts))
  if ('any' in condition) return condition.any.some((part) => holdsFor(part, facts))
  if ('not' in condition) return !holdsFor(condition.not, facts)
  return comparedHolds(condition, valuesOf(condition, facts))
}
