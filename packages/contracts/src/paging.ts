import { z } from 'zod'

/** Keyset paging. `cursor` is opaque: only what an earlier answer called `nextCursor` is accepted. */
export const pageInput = {
  limit: z.int().min(1).max(200).default(50),
  cursor: z.string().max(512).optional(),
}

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({ items: z.array(item), nextCursor: z.string().nullable() })

export type Page<T> = { items: T[]; nextCursor: string | null }
