import { z } from 'zod'

/** Postgres keeps neither NUL nor half a surrogate pair: told as a bad input, instead of failing when it is stored. */
const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\u0000')

/** A text that can be stored. */
export const text = z.string().refine(isStorable, 'not a text that can be stored')

/** A name as people read it and mail repeats it: one line, without control characters and marks that turn the direction of writing. */
export const nameLine = text.trim().min(1).max(100).regex(/^[^\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/u, 'one line without control characters')
