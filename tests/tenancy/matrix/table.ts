import type { Entry } from './entry.ts'
import { definitionsTable } from './table.definitions.ts'
import { documentsTable } from './table.documents.ts'
import { flowsTable } from './table.flows.ts'
import { orgsTable } from './table.orgs.ts'
import { peopleTable } from './table.people.ts'

/** Every procedure by its path. */
export const table: Readonly<Record<string, Entry>> = { ...peopleTable, ...orgsTable, ...documentsTable, ...definitionsTable, ...flowsTable }
