import { mustHold, type Actor, type RunInTx, type Tx } from '@intellidocs/kernel'
import type { SearchFilters, Scope } from '../search.types.ts'
import { wordsOf } from '../words.ts'
import { everything, intersection } from './intervals.ts'
import { lookupsRepository } from './lookups.repository.ts'
import { conditionOf, containing, mimesOf, narrowingOf, standingsOf, type Condition } from './narrowing.ts'
import { parseQuery, queryInvalid, type Clause, type Piece } from './parse-query.ts'
import { moments } from './ranges.ts'

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu

/** A query as it is answered: the words, for whom and in what, and what must not be in it. */
export type ReadQuery = { readonly text: string; readonly scope: Scope; readonly without: readonly string[] }

/**
 * Reads what somebody asks. Folders and members are found among those that are shown to them; flows are told to those who may read flows.
 * @throws AppError search.query_invalid, auth.forbidden
 */
export async function readQuery(runInTx: RunInTx, actor: Actor, input: { query: string; filters: SearchFilters; plain?: boolean | undefined }): Promise<ReadQuery> {
  // What Postgres holds no text of, replaced one for one, so that every place stays.
  const query = input.query.toWellFormed().replaceAll('\0', ' ')
  const { text, phrases, without, clauses } = input.plain === true ? { text: query, phrases: [], without: [], clauses: [] } : parseQuery(query)
  const conditions = [...structured(input.filters), ...clauses.flatMap((clause) => conditionOf(clause) ?? [])]
  if (conditions.some((condition) => condition.of === 'flows')) mustHold(actor, 'flows:read')
  const named = clauses.filter(({ field }) => field === 'folder' || field === 'owner')
  if (named.length > 0) conditions.push(...await runInTx(actor, (tx) => lookUp(tx, actor, named), { readOnly: true }))
  return {
    text, without: without.map((piece) => piece.text),
    scope: { principals: actor.principals, filters: narrowingOf(conditions), phrases: phrases.map((piece) => piece.text) },
  }
}

/** Nothing is looked for by words, so that what is asked for is a list. A query that asks for nothing at all finds nothing. */
export const listsOnly = ({ text, scope, without }: ReadQuery): boolean =>
  wordsOf(text).length === 0 && (without.length > 0 || Object.keys(scope.filters).length > 0)

async function lookUp(tx: Tx, actor: Actor, clauses: readonly Clause[]): Promise<Condition[]> {
  const conditions: Condition[] = []
  for (const { field, not, values } of clauses) {
    const ids: string[] = []
    for (const value of values) ids.push(...await (field === 'folder' ? foldersNamed(tx, actor, value) : ownersNamed(tx, actor, value)))
    conditions.push({ of: field === 'folder' ? 'folders' : 'owners', not, values: ids })
  }
  return conditions
}

/** A folder by its id, its name, or names with slashes between, of which the last is its own; several may be called so. */
async function foldersNamed(tx: Tx, actor: Actor, piece: Piece): Promise<string[]> {
  const found = UUID.test(piece.text)
    ? await lookupsRepository.folder(tx, actor, piece.text)
    : await lookupsRepository.foldersOfPath(tx, actor, piece.text.normalize('NFC').split('/').map((name) => name.trim()).filter((name) => name !== ''))
  return found.length > 0 ? found : queryInvalid('folder_unknown', piece)
}

/** The caller by `me`, anybody by an id; by name and address those who may read who the members are. */
async function ownersNamed(tx: Tx, actor: Actor, piece: Piece): Promise<string[]> {
  if (piece.text.toLowerCase() === 'me') return [actor.userId]
  if (UUID.test(piece.text)) return [piece.text.toLowerCase()]
  const found = actor.permissions.has('members:read') ? await lookupsRepository.members(tx, piece.text.normalize('NFC')) : []
  return found.length > 0 ? found : queryInvalid('owner_unknown', piece)
}

/** The conditions of the filters that a front end sends beside the query. */
function structured(filters: SearchFilters): Condition[] {
  const { not = {}, createdAfter, createdBefore, updatedAfter, updatedBefore, pagesFrom, pagesTo } = filters
  const [created, updated] = [moments(createdAfter, createdBefore), moments(updatedAfter, updatedBefore)]
  const pages = pagesFrom === undefined && pagesTo === undefined ? null
    : intersection([{ from: pagesFrom ?? -Infinity, to: Infinity }], [{ from: -Infinity, to: (pagesTo ?? Infinity) + 1 }])
  return [
    ...listed(filters, false), ...listed(not, true),
    ...(created === null ? [] : [{ of: 'created' as const, set: created }]),
    ...(updated === null ? [] : [{ of: 'updated' as const, set: updated }]),
    ...(pages === null ? [] : [{ of: 'pages' as const, set: intersection(pages, everything) }]),
  ]
}

function listed({ mime, types, language, ownerId, folderId, flow, tags = [], name }: NonNullable<SearchFilters['not']>, not: boolean): Condition[] {
  const one = (of: Extract<Condition, { values: unknown }>['of'], values: readonly string[] | undefined): Condition[] => (values === undefined ? [] : [{ of, not, values }])
  return [
    ...one('mimes', mime === undefined ? undefined : [mime]), ...one('mimes', types === undefined ? undefined : mimesOf(types)),
    ...one('languages', language === undefined ? undefined : [language.toLowerCase()]), ...one('owners', ownerId === undefined ? undefined : [ownerId]),
    ...one('folders', folderId === undefined ? undefined : [folderId]), ...one('flows', flow === undefined ? undefined : standingsOf([flow])),
    ...tags.flatMap((tag) => one('tags', [tag])), ...one('names', name === undefined ? undefined : [containing(name)]),
  ]
}
