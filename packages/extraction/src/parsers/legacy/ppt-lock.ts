import { ExtractionError } from '../../errors.ts'
import { openLegacyLock } from './lock.ts'
import { recordAt, types } from './ppt-records.ts'

/** Records that stand as they are in a locked presentation ([MS-PPT] 2.3.7). */
const clear = new Set<number>([types.userEdit, types.persistDirectory, types.session])
const headBytes = 8

/** Where the records of a presentation lie, by their numbers, and the number of the one that says how it is locked. */
type Locked = { readonly places: ReadonlyMap<number, number>; readonly session: number }

/**
 * The stream of a locked presentation as its password opens it: each record is locked by a key of its number.
 *
 * @throws ExtractionError `password_required`, `password_wrong`, `unsupported_type` (locked in another way), `corrupt`
 */
export function unlockedPresentation(stream: Buffer, { places, session }: Locked, secret: { mime: string; password: string | null }): Buffer {
  const description = recordAt(stream, places.get(session) ?? -1)
  if (description?.type !== types.session) throw new ExtractionError('corrupt', 'the presentation does not say how it is locked', { mime: secret.mime })
  const key = openLegacyLock(description.data, secret)
  const open = Buffer.from(stream)
  let room = stream.length
  for (const [number, at] of places) {
    const record = recordAt(stream, at)
    if (record === null || clear.has(record.type)) continue
    const unlock = key(number)
    const head = open.subarray(at, at + headBytes)
    unlock(head)
    const body = open.subarray(at + headBytes, at + headBytes + head.readUInt32LE(4))
    // Honest records never overlap: together they are no longer than the stream.
    room -= headBytes + body.length
    if (room < 0) throw new ExtractionError('corrupt', 'the records of the presentation overlap', { mime: secret.mime })
    unlock(body)
  }
  return open
}
