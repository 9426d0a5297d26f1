import type { OrgId } from '@intellidocs/contracts'

/** Where a sweep goes on: behind the document of this id, in this organization; null for its first one. Ids only, this is what travels through Temporal. */
export type SweepPlace = { readonly orgId: OrgId; readonly after: string | null }
