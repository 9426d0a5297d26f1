import { z } from 'zod'

/** An address as it is stored and compared: trimmed, in lower case. */
export const email = z.string().trim().toLowerCase().max(254).pipe(z.email())
