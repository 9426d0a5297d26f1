import { z } from 'zod'

/** What stands in lines of more than one kind. */
export const at = z.iso.datetime()
export const uuid = z.uuid()
/** The place of an event in the order in which listeners hear. */
export const eventId = z.string().regex(/^\d{1,20}-\d{1,19}$/)
