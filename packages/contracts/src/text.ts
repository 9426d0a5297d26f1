import { z } from 'zod'

/** Postgres keeps neither NUL nor half a surrogate pair: told as a bad input, instead of failing when it is stored. */
const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\u0000')

/** A text that can be stored. */
export const text = z.string().refine(isStorable, 'not a text that can be stored')
