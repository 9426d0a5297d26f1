import { httpStatusOf, type AppError } from '@intellidocs/kernel'

/**
 * The page of an error that says nothing of a link: too many tries, or what is our fault and passes. It is told as such, so that nobody asks for a new link
 * where waiting helps; nothing of the request stands in it.
 */
export function failureOf(error: AppError): readonly [status: number, page: 'limited' | 'failed'] {
  const status = httpStatusOf(error)
  if (error.code === 'rate.limited') return [status, 'limited']
  // Of what is refused to whoever made the link, its reader learns that it does not work at the moment.
  return [status >= 500 ? status : 503, 'failed']
}
