import type { Request } from 'express'
import { AppError } from '@intellidocs/kernel'

/** An address, a password of 128 characters and a code, and all that encoding may make of them. */
export const FORM_BYTES = 8 * 1024

/** The fields of a small form, as browsers send it. What is none is an empty form. @throws AppError input.too_large */
export async function readForm(req: Request): Promise<URLSearchParams> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > FORM_BYTES) throw new AppError('input.too_large')
    chunks.push(chunk)
  }
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(req.headers['content-type'] ?? '')
  return new URLSearchParams(isForm ? Buffer.concat(chunks).toString('utf8') : '')
}
