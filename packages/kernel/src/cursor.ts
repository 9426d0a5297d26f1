import { z } from 'zod'
import { AppError } from './app-error.ts'

/**
 * A keyset position as an opaque string. It is not secret and not signed: whoever changes one only chooses
 * another place in a list they may read anyway, so a query must filter by tenant and reader beside it.
 */
export const encodeCursor = (position: unknown): string => Buffer.from(JSON.stringify(position)).toString('base64url')

/** The position inside, checked by the schema of the list that gave it out; `input.cursor` otherwise. */
export function decodeCursor<T extends z.ZodType>(schema: T, cursor: string): z.infer<T> {
  let position: unknown
  try {
    position = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch (error) {
    throw new AppError('input.cursor', { cause: error })
  }
  const parsed = schema.safeParse(position)
  if (!parsed.success) throw new AppError('input.cursor', { cause: parsed.error })
  return parsed.data
}

/** A day or an hour that no calendar has would fail in the database instead of here. */
function isMoment(text: string): boolean {
  const iso = `${text.slice(0, 10)}T${text.slice(11, 19)}.000Z`
  const at = new Date(iso)
  return !Number.isNaN(at.getTime()) && at.toISOString() === iso
}

/** PostgreSQL's own text of a timestamp, with its microseconds, as positions carry it. */
export const cursorTime = z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-](0\d|1[0-4])(:[0-5]\d)?$/).refine(isMoment)
