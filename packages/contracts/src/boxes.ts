import { z } from 'zod'

const fraction = z.number().min(0).max(1)

/** A place on a page, in fractions of its width and height as it is shown, from the left and from the top. */
export const box = z.strictObject({ left: fraction, top: fraction, right: fraction, bottom: fraction })
export type Box = z.infer<typeof box>

/** Characters of a page's text, UTF-16 code units, end exclusive. */
export const span = z.strictObject({ start: z.int().min(0), end: z.int().min(0) })
export type Span = z.infer<typeof span>
