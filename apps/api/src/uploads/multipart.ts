import type { Readable } from 'node:stream'
import busboy from 'busboy'
import type { Request } from 'express'
import { AppError } from '@intellidocs/kernel'
import type { BufferRelief } from './buffer-relief.ts'

type FormLimits = { maxBytes: number; relief: BufferRelief }
export type FormFile<T> = { stored: T; fileName: string | undefined; fields: ReadonlyMap<string, string> }

/**
 * Reads a form with one file, whatever the order of its parts; `store` gets the bytes as they come. Throws `input.invalid` when there is
 * no file, a second one, or the form is broken; what `store` throws; nothing is kept waiting after either.
 */
export async function readForm<T>(req: Request, { maxBytes, relief }: FormLimits, store: (file: Readable) => Promise<T>): Promise<FormFile<T>> {
  const fields = new Map<string, string>()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let stored: Promise<T> | undefined
  let fileName: string | undefined
  const refuse = (cause: unknown): void => reject(cause instanceof AppError ? cause : new AppError('input.invalid', { cause }))

  const form = openForm(req, maxBytes)
  form.on('field', (name, value, { valueTruncated }) => {
    if (valueTruncated) refuse(new Error(`form field ${name} is too long`))
    else fields.set(name, value)
  })
  form.on('file', (_field, file, info) => {
    if (stored !== undefined) return file.resume()
    fileName = info.filename
    // Told to whoever reads it; without a listener a failure would end the process. The same holds for the form below.
    file.on('error', () => undefined)
    file.once('limit', () => file.destroy(new AppError('input.too_large')))
    stored = store(file)
    // Waited for below; until then a failure must not count as unhandled, and it ends the reading of the form.
    stored.catch(reject)
    return file
  })
  form.once('filesLimit', () => refuse(new Error('a form may hold one file')))
  form.on('error', refuse).once('close', resolve)
  req.once('close', () => { if (!req.complete) refuse(new Error('the form ended early')) })
  req.pipe(form)
  // After `pipe`, so that no byte flows before the form listens.
  req.on('data', (chunk: Buffer) => relief(chunk.length))
  try {
    await promise
    if (stored === undefined) throw new AppError('input.invalid', { details: { issues: [{ path: 'file', message: 'the form holds no file' }] } })
    return { stored: await stored, fileName, fields }
  } catch (error) {
    req.unpipe(form)
    form.destroy()
    req.resume()
    throw error
  }
}

function openForm(req: Request, maxBytes: number): busboy.Busboy {
  try {
    return busboy({
      headers: req.headers, defParamCharset: 'utf8',
      limits: { files: 1, fields: 10, parts: 12, fieldSize: 2048, fieldNameSize: 100, headerPairs: 50, fileSize: maxBytes },
    })
  } catch (cause) {
    throw new AppError('input.invalid', { cause })
  }
}
