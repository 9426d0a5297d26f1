import type { OrgId } from '@intellidocs/contracts'

/** What an entry of a Meilisearch index carries of its document, so that the filter below can be asked. `readers`: who may read it, `app.readers`. */
export type MeiliReaders = { readonly org: OrgId; readonly readers: readonly string[] }

declare const built: unique symbol
/** Conditions that must all hold. Made here alone: what is empty, or escaped otherwise, matches everything. */
export type MeiliFilter = readonly string[] & { readonly [built]: true }

/** Meilisearch answers 1,000 in 60 to 110 ms and takes any number: 20,000 kept one waiting for 48 s. */
const MOST_VALUES = 1_000

const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`

/** The entries of documents. @throws RangeError without an organization or without documents, and for more than 1,000 of them */
export function meiliDocuments(orgId: OrgId, documentIds: readonly string[]): MeiliFilter {
  if (orgId.length === 0 || documentIds.length === 0) throw new RangeError('a filter without an organization or a document would match everything')
  if (documentIds.length > MOST_VALUES) throw new RangeError(`more than ${MOST_VALUES} documents in a filter`)
  return filterOf([`org = ${quoted(orgId)}`, `doc IN [${documentIds.map(quoted).join(',')}]`])
}

/** All entries of an organization. @throws RangeError without one */
export function meiliOrg(orgId: OrgId): MeiliFilter {
  if (orgId.length === 0) throw new RangeError('a filter without an organization would match everything')
  return filterOf([`org = ${quoted(orgId)}`])
}

function filterOf(conditions: readonly string[]): MeiliFilter {
  return conditions as MeiliFilter
}

/**
 * The predicate of `app.readable` as a filter of Meilisearch, over entries that carry `MeiliReaders`. An entry is as old as its last write, so what it finds is
 * a proposal: each hit is asked of Postgres before it is shown.
 * @throws RangeError without an organization or without principals, because an empty filter matches everything, and for more than 1,000 principals
 */
export function meiliFilter({ orgId, principals }: { orgId: OrgId; principals: readonly string[] }): MeiliFilter {
  if (orgId.length === 0 || principals.length === 0) throw new RangeError('a filter without an organization or a principal would match everything')
  if (principals.length > MOST_VALUES) throw new RangeError(`more than ${MOST_VALUES} principals in a filter`)
  return filterOf([`org = ${quoted(orgId)}`, `readers IN [${principals.map(quoted).join(',')}]`])
}
