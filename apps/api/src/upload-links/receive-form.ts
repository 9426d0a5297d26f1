import { PassThrough, Transform, type Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import busboy from 'busboy'
import type { Request } from 'express'
import { AppError } from '@intellidocs/kernel'
import type { BufferRelief } from '../uploads/buffer-relief.ts'

/**
 * A file of a form, as it comes. `isCut`: asked when it has ended, whether it was longer than what is taken. `whole`: whether it was not, once what nobody
 * wanted of it has gone by.
 */
export type FormFile = { readonly name: string; readonly bytes: Readable; readonly isCut: () => boolean; readonly whole: () => Promise<boolean> }
type Reading = {
  readonly maxFiles: number; readonly maxFileBytes: number; readonly relief: BufferRelief
  /** Ends the reading, with its reason. */
  readonly signal: AbortSignal
  /** Called for each file when all fields before it are known; throws to end the reading of the form. */
  readonly take: (file: FormFile, fields: ReadonlyMap<string, string>) => Promise<void>
}

/**
 * Reads a form of many files, one after the other as they come; nothing is held but what is on its way, and the sender waits while more than one file does. A
 * file without a name and bytes is a field that was left empty. `passedOver`: there were more files than `maxFiles`, which nobody was told of. When this is
 * answered or thrown, nothing is being taken any more.
 * @throws AppError input.invalid (no form, or cut off), and what `signal` and `take` say
 */
export async function receiveForm(req: Request, { maxFiles, maxFileBytes, relief, signal, take }: Reading): Promise<{ readonly passedOver: boolean }> {
  const fields = new Map<string, string>()
  const taken: Promise<void>[] = []
  let passedOver = false
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>()
  const refuse = (cause: unknown): void => reject(cause instanceof AppError ? cause : new AppError('input.invalid', { cause }))
  const form = openForm(req, { maxFiles, maxFileBytes })
  const turns = createTurns()
  form.on('field', (name, value) => fields.set(name, value))
  for (const limit of ['filesLimit', 'partsLimit'] as const) form.once(limit, () => { passedOver = true })
  form.on('file', (_field, file, { filename }) => {
    if (filename === undefined || filename === '') return file.resume()
    const known = new Map(fields)
    const inTurn = { name: filename, ...watched(file) }
    turns.add()
    // In their order: what there is room for is the first of them, and one form holds one transaction.
    const one = (taken.at(-1) ?? Promise.resolve()).then(async () => {
      const bytes = apart(file)
      return take({ ...inTurn, bytes }, known).finally(() => bytes.destroy())
    }).finally(turns.done)
    one.catch(reject)
    taken.push(one)
    return file
  })
  form.on('error', refuse).once('close', resolve)
  req.once('close', () => { if (!req.complete) refuse(new Error('the form ended early')) })
  signal.addEventListener('abort', () => refuse(signal.reason), { once: true })
  req.pipe(turns.gate).pipe(form)
  req.on('data', (chunk: Buffer) => relief(chunk.length))
  try {
    await ended
    await Promise.all(taken)
    return { passedOver }
  } catch (error) {
    req.unpipe(turns.gate)
    turns.gate.destroy()
    form.destroy()
    req.resume()
    // What came as a whole before that is taken still, and whoever counts what was taken counts it.
    await Promise.allSettled(taken)
    throw error
  }
}

/** Files of which the form has told and that are not taken yet; through the gate nothing more comes while others wait behind the one that is being taken. */
function createTurns() {
  let waiting = 0
  let goOn: (() => void) | null = null
  const gate = new Transform({ transform(chunk: Buffer, _encoding, pass) {
    if (waiting <= 1) pass(null, chunk)
    else goOn = () => pass(null, chunk)
  } })
  const done = (): void => {
    waiting -= 1
    if (waiting > 1) return
    const go = goOn
    // First, as the next chunk may come while this one goes through, and may have to wait.
    goOn = null
    go?.()
  }
  return { gate, add: (): void => { waiting += 1 }, done }
}

/** What is known of a file before its turn. Without a listener a failure would end the process. */
function watched(file: Readable): Pick<FormFile, 'isCut' | 'whole'> {
  let isCut = false
  file.once('limit', () => { isCut = true }).on('error', () => undefined)
  const over = finished(file, { writable: false }).then(() => !isCut, () => false)
  return { isCut: () => isCut, whole: () => over }
}

/** The store destroys what it refuses; a part of the form that is destroyed would hold up the parts behind it. */
function apart(file: Readable): Readable {
  const bytes = new PassThrough({ highWaterMark: 256 * 1024 })
  // Told to whoever reads it; without a listener a failure would end the process.
  bytes.on('error', () => undefined).once('close', () => {
    file.unpipe(bytes)
    file.resume()
  })
  // It may have ended early before its turn came, and says nothing of it any more.
  if (file.destroyed && !file.readableEnded) return bytes.destroy(file.errored ?? new Error('the form ended early'))
  file.on('error', (error) => bytes.destroy(error))
  file.once('close', () => { if (!file.readableEnded) bytes.destroy(new Error('the form ended early')) })
  return file.pipe(bytes)
}

function openForm(req: Request, { maxFiles, maxFileBytes }: { maxFiles: number; maxFileBytes: number }): busboy.Busboy {
  try {
    return busboy({
      headers: req.headers, defParamCharset: 'utf8',
      limits: { files: maxFiles, fields: 10, parts: maxFiles + 20, fieldSize: 2_048, fieldNameSize: 100, headerPairs: 50, fileSize: maxFileBytes },
    })
  } catch (cause) {
    throw new AppError('input.invalid', { cause })
  }
}
