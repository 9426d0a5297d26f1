import type { Page } from '@intellidocs/contracts'
import { z } from 'zod'
import { cursorTime, decodeCursor, encodeCursor } from './cursor.ts'

/** Where a page ends: `at` is the database's own text, to the microsecond. */
export type Position = { readonly at: string; readonly id: string }
/** The page to read: rows behind `after`; one row more than `limit` tells of a next page. */
export type Window = { readonly limit: number; readonly after: Position | null }
export type PageInput = { readonly limit: number; readonly cursor?: string | undefined }

const position = z.strictObject({ at: cursorTime, id: z.uuid() })

/** @throws AppError input.cursor */
export const windowOf = ({ limit, cursor }: PageInput): Window => ({ limit, after: cursor === undefined ? null : decodeCursor(position, cursor) })

/** `rows` holds one more than `limit` when there is a next page. `key` is what the list's cursor says of a row. */
export function pageOf<R, T>(rows: readonly R[], limit: number, as: { readonly item: (row: R) => T; readonly key: (row: R) => unknown }): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { items: shown.map(as.item), nextCursor: rows.length > limit && last !== undefined ? encodeCursor(as.key(last)) : null }
}

/** The same for rows that carry their position, as `windowOf` reads it. */
export const positionedPage = <R extends { readonly position: Position }, T>(rows: readonly R[], limit: number, item: (row: R) => T): Page<T> =>
  pageOf(rows, limit, { item, key: (row) => row.position })
