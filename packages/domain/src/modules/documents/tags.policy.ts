import type { FieldValue } from '@intellidocs/contracts'
import type { Metadata } from './documents.rows.ts'

const TAGS = 50
const FIELDS = 50
/** Of the metadata as JSON in UTF-8: a page of a list shows that of 200 documents. */
const BYTES = 16 * 1024

/** The tags after a change, each once and in one order, with what the change did. */
export type TagChange = { readonly tags: string[]; readonly added: string[]; readonly removed: string[] }

export function changeTags(held: readonly string[], { add = [], remove = [] }: { add?: readonly string[]; remove?: readonly string[] }): TagChange {
  const tags = [...new Set([...held, ...add])].filter((tag) => !remove.includes(tag)).toSorted()
  return { tags, added: tags.filter((tag) => !held.includes(tag)), removed: held.filter((tag) => !tags.includes(tag)) }
}

/** `changed`: the names of the fields that hold something else than before. */
export type MetadataChange = { readonly metadata: Metadata; readonly changed: string[] }

export function changeMetadata(held: Metadata, fields: Readonly<Record<string, FieldValue | null>>): MetadataChange {
  const next = new Map(Object.entries(held))
  for (const [field, value] of Object.entries(fields)) {
    if (value === null) next.delete(field)
    else next.set(field, value)
  }
  const metadata = Object.fromEntries(next)
  return { metadata, changed: Object.keys(fields).filter((field) => held[field] !== metadata[field]).toSorted() }
}

export const fits = ({ tags, metadata }: { readonly tags: readonly string[]; readonly metadata: Metadata }): boolean =>
  tags.length <= TAGS && Object.keys(metadata).length <= FIELDS && Buffer.byteLength(JSON.stringify(metadata)) <= BYTES
