import { documentsContract, documentTypes, flowStanding, type DocumentType, type FlowStanding } from '@intellidocs/contracts'
import { complement, everything, intersection, multirange, union, type Intervals } from './intervals.ts'
import { queryInvalid, type Clause, type Piece } from './parse-query.ts'
import { dates, pageCounts } from './ranges.ts'

/**
 * What app.searchable narrows by; its keys are read there. A document meets each: one of a list, one of each list of `tags` and `folders`, a moment or a
 * number inside of a multirange. `without`: a tsquery that none of its passages meets.
 */
export type Narrowing = {
  readonly mimes?: readonly string[]
  readonly notMimes?: readonly string[]
  readonly languages?: readonly string[]
  readonly notLanguages?: readonly string[]
  readonly owners?: readonly string[]
  readonly notOwners?: readonly string[]
  readonly flows?: readonly string[]
  readonly notFlows?: readonly string[]
  readonly tags?: readonly (readonly string[])[]
  readonly notTags?: readonly string[]
  readonly folders?: readonly (readonly string[])[]
  readonly notFolders?: readonly string[]
  readonly names?: readonly (readonly string[])[]
  readonly notNames?: readonly string[]
  readonly created?: string
  readonly updated?: string
  readonly pages?: string
  readonly without?: string
}

/** One condition: one of the values, or with `not` none of them. Folders and owners are ids by now. */
export type Condition =
  | { readonly of: 'mimes' | 'languages' | 'owners' | 'flows' | 'tags' | 'folders' | 'names'; readonly not: boolean; readonly values: readonly string[] }
  | { readonly of: 'created' | 'updated' | 'pages'; readonly set: Intervals }

type Listed = Extract<Condition, { values: readonly string[] }>['of']
const opposite = {
  mimes: 'notMimes', languages: 'notLanguages', owners: 'notOwners', flows: 'notFlows', tags: 'notTags', folders: 'notFolders', names: 'notNames',
} as const satisfies Record<Listed, keyof Narrowing>
/** A document has one of these, so that two lists ask for what stands in both. */
const single: ReadonlySet<Listed> = new Set(['mimes', 'languages', 'owners', 'flows'])

const OPEN_STATES = ['queued', 'running', 'waiting']

/** The media types of a type. */
export const mimesOf = (types: readonly DocumentType[]): string[] => [...new Set(types.flatMap((type): readonly string[] => documentTypes[type]))]
/** The states of a standing. */
export const standingsOf = (standings: readonly FlowStanding[]): string[] => standings.flatMap((standing) => (standing === 'open' ? OPEN_STATES : [standing]))

/** All conditions at once. */
export function narrowingOf(conditions: readonly Condition[]): Narrowing {
  const narrowing: Record<string, unknown> = {}
  const sets = new Map<'created' | 'updated' | 'pages', Intervals>()
  for (const condition of conditions) {
    if ('set' in condition) {
      sets.set(condition.of, intersection(sets.get(condition.of) ?? everything, condition.set))
    } else if (condition.not) {
      const key = opposite[condition.of]
      narrowing[key] = [...(narrowing[key] as string[] | undefined ?? []), ...condition.values]
    } else if (single.has(condition.of)) {
      const held = narrowing[condition.of] as string[] | undefined
      narrowing[condition.of] = held === undefined ? condition.values : held.filter((value) => condition.values.includes(value))
    } else {
      narrowing[condition.of] = [...(narrowing[condition.of] as string[][] | undefined ?? []), condition.values]
    }
  }
  for (const [key, set] of sets) narrowing[key] = multirange(set, key === 'pages' ? String : (ms) => new Date(ms).toISOString())
  return narrowing
}

/** The condition of a clause whose values say all that is to be known; null for folders and owners, who are looked up. @throws AppError search.query_invalid */
export function conditionOf({ field, not, values }: Clause): Condition | null {
  const listed = (of: Listed, read: (piece: Piece) => readonly string[]): Condition => ({ of, not, values: values.flatMap(read) })
  const ranged = (of: 'created' | 'updated' | 'pages', read: (piece: Piece) => Intervals): Condition => {
    const set = union(...values.map(read))
    return { of, set: not ? complement(set) : set }
  }
  switch (field) {
    case 'type': return listed('mimes', mimesNamed)
    case 'tag': return listed('tags', (piece) => [documentsContract.tagName.safeParse(piece.text).data ?? queryInvalid('tag_invalid', piece)])
    case 'language': return listed('languages', (piece) => [/^[a-z]{2,3}(?:[-_][a-z0-9]{2,8})?$/iu.test(piece.text) ? piece.text.toLowerCase() : queryInvalid('language_invalid', piece)])
    case 'flow': return listed('flows', (piece) => standingsOf([flowStanding.safeParse(piece.text.toLowerCase()).data ?? queryInvalid('flow_unknown', piece)]))
    case 'name': case 'title': return listed('names', (piece) => [containing(piece.text)])
    case 'created': return ranged('created', dates)
    case 'updated': return ranged('updated', dates)
    case 'pages': return ranged('pages', pageCounts)
    case 'folder': case 'owner': return null
  }
}

function mimesNamed(piece: Piece): string[] {
  const name = piece.text.toLowerCase()
  if (/^[a-z]+\/[a-z0-9.+-]+$/u.test(name)) return [name]
  return Object.hasOwn(documentTypes, name) ? mimesOf([name as DocumentType]) : queryInvalid('type_unknown', piece)
}

/** A pattern of ILIKE that stands for a part of a name, whatever is in it. */
export const containing = (text: string): string => `%${text.normalize('NFC').replace(/[\\%_]/gu, '\\$&')}%`
