import { cursorTime, decodeCursor, encodeCursor } from '@intellidocs/kernel'
import type { Page } from '@intellidocs/contracts'
import { z } from 'zod'

/** Where a page ends: `at` is the database's own text, to the microsecond. */
export type Position = { at: string; id: string }
/** The page to read: rows behind `after`; one row more than `limit` tells of a next page. */
export type Window = { readonly limit: number; readonly after: Position | null }
export type PageInput = { limit: number; cursor?: string | undefined }

const position = z.strictObject({ at: cursorTime, id: z.uuid() })

/** @throws AppError input.cursor */
export const windowOf = ({ limit, cursor }: PageInput): Window => ({ limit, after: cursor === undefined ? null : decodeCursor(position, cursor) })

/** `rows` holds one more than `limit` when there is a next page. */
export function pageOf<R extends { position: Position }, T>(rows: readonly R[], limit: number, show: (row: R) => T): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { items: shown.map(show), nextCursor: rows.length > limit && last !== undefined ? encodeCursor(last.position) : null }
}
