import { z } from 'zod'

/** What the organization used so far, over its whole life. `pages` are pages read, reprocessing included; `bytes` what was uploaded. */
export const usage = {
  output: z.strictObject({ plan: z.literal('unlimited'), documents: z.int(), bytes: z.int(), pages: z.int() }),
}
