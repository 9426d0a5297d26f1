import type { Condition, FieldValue } from '@intellidocs/contracts'
import { comparedHolds, sameTag, type Compared } from './conditions.ts'

/** One comparison, and whether it has to hold or not to. */
type Literal = { readonly compared: Compared; readonly wanted: boolean }
type Wanted = { readonly condition: Condition; readonly wanted: boolean }

/** Comparisons, after which a condition is taken to be one that may hold: some tenths of a second, for all conditions that share it. */
export type Patience = { left: number }
export const newPatience = (): Patience => ({ left: 300_000 })
/** A text that no condition names. */
const OTHER = '\u0001'

function constantsOf({ compared }: Literal): readonly FieldValue[] {
  if ('is' in compared) return [compared.is]
  if ('isNot' in compared) return [compared.isNot]
  if ('oneOf' in compared) return compared.oneOf
  if ('above' in compared) return [compared.above]
  return 'below' in compared ? [compared.below] : []
}

/** Every number that a rule can tell from another: those named, their neighbours, and one between each two. */
function numbersAround(constants: readonly FieldValue[]): number[] {
  const named = constants.filter((value) => typeof value === 'number').toSorted((a, b) => a - b)
  const between = named.slice(1).map((value, at) => (value + (named[at] ?? value)) / 2)
  return [0, ...between, ...named.flatMap((value) => [value, Math.floor(value) + 1, Math.ceil(value) - 1])]
}

/** Whether no document with this tag is meant. */
function forbids({ compared, wanted }: Literal, tag: FieldValue): boolean {
  if ('isNot' in compared) return wanted && !comparedHolds(compared, [tag])
  return !wanted && ('is' in compared || 'oneOf' in compared) && comparedHolds(compared, [tag])
}

/** What a fact may be worth, as far as the conditions on it can tell. */
function worlds(fact: string, literals: readonly Literal[]): readonly (readonly FieldValue[])[] {
  const constants = literals.flatMap(constantsOf)
  const texts = [OTHER, ...constants.filter((value) => typeof value === 'string')]
  const one = (values: readonly FieldValue[]): FieldValue[][] => values.map((value) => [value])
  if (fact === 'name') return one(texts)
  if (fact === 'pages' || fact === 'size') return [[], ...one(numbersAround(constants).filter((value) => Number.isInteger(value) && value >= 0))]
  if (fact === 'tag') return [[], texts.map(sameTag).filter((tag) => !literals.some((literal) => forbids(literal, tag)))]
  return [[], ...one(fact.startsWith('metadata.') ? [...texts, true, false, ...numbersAround(constants)] : texts)]
}

function agree(fact: string, literals: readonly Literal[], patience: Patience): boolean {
  const cost = literals.reduce((sum, literal) => sum + 1 + constantsOf(literal).length, 0)
  return worlds(fact, literals).some((values) => {
    patience.left -= cost
    return patience.left < 0 || literals.every(({ compared, wanted }) => comparedHolds(compared, values) === wanted)
  })
}

/** The parts of a condition, and whether one of them is enough. */
function partsOf({ condition, wanted }: Wanted): { readonly parts: readonly Wanted[]; readonly oneIsEnough: boolean } | null {
  if ('not' in condition) return { parts: [{ condition: condition.not, wanted: !wanted }], oneIsEnough: false }
  if ('all' in condition) return { parts: condition.all.map((part) => ({ condition: part, wanted })), oneIsEnough: !wanted }
  return 'any' in condition ? { parts: condition.any.map((part) => ({ condition: part, wanted })), oneIsEnough: wanted } : null
}

function search(pending: readonly Wanted[], literals: readonly Literal[], patience: Patience): boolean {
  patience.left -= 1 + pending.length + literals.length
  if (patience.left < 0) return true
  const next = pending.find((part) => partsOf(part)?.oneIsEnough !== true) ?? pending[0]
  if (next === undefined) return true
  const rest = pending.filter((part) => part !== next)
  const split = partsOf(next)
  if (split?.oneIsEnough === true) return split.parts.some((part) => search([...rest, part], literals, patience))
  if (split !== null) return search([...rest, ...split.parts], literals, patience)
  const added: Literal[] = [...literals, { compared: next.condition as Compared, wanted: next.wanted }]
  const { fact } = next.condition as Compared
  return agree(fact, added.filter(({ compared }) => compared.fact === fact), patience) && search(rest, added, patience)
}

/** Whether some document makes all of these hold. Facts are taken to know nothing of each other; a very large condition is taken to be one that may hold. */
export const canHold = (conditions: readonly Condition[], patience = newPatience()): boolean =>
  search(conditions.map((condition) => ({ condition, wanted: true })), [], patience)
