import { closeSync, openSync, readSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openCompound } from '../../archive/compound.ts'
import { ExtractionError } from '../../errors.ts'
import { createFile } from '../file.ts'

/** What a locked Office file of 2007 and later is until it is open. */
export const lockedMime = 'application/x-ole-storage; encrypted'
const versions = { agile: 4, standard: 2 }
/** Workbooks that are only protected against changes may be locked with this, and Excel tries it before it asks ([MS-XLS] 2.2.10). */
export const unaskedPassword = 'VelvetSweatshop'

function startsAsCompound(path: string): boolean {
  const fd = openSync(path, 'r')
  try {
    const head = Buffer.alloc(4)
    readSync(fd, head, 0, head.length, 0)
    return head.readUInt32BE(0) === 0xd0cf11e0
  } finally {
    closeSync(fd)
  }
}

function lockedParts(path: string): { description: Buffer; encrypted: Buffer } | null {
  if (!startsAsCompound(path)) return null
  try {
    const file = openCompound(createFile(path).bytes())
    const [description, encrypted] = [file.find('EncryptionInfo'), file.find('EncryptedPackage')]
    return description === undefined || encrypted === undefined ? null : { description: file.read(description), encrypted: file.read(encrypted) }
  } catch (error) {
    // A damaged file is whoever reads it next's to judge.
    if ((error instanceof ExtractionError && error.reason === 'corrupt') || error instanceof RangeError) return null
    throw error
  }
}

/**
 * The file to read: itself, or, where it is a locked Office file, what the password opens, as a file in `folder`.
 * @throws ExtractionError `password_required`, `password_wrong`, `unsupported_type` (locked in another way than by a password)
 */
export async function unlocked({ path, folder, password }: { path: string; folder: string; password: string | null }): Promise<string> {
  const parts = lockedParts(path)
  if (parts === null) return path
  const { description, encrypted } = parts
  const minor = description.readUInt16LE(2)
  if (minor !== versions.agile && minor !== versions.standard) throw new ExtractionError('unsupported_type', `an Office file locked in way ${minor}`, { mime: lockedMime })
  const { agileLock, standardLock } = await import('./locked-keys.ts')
  const lock = minor === versions.agile ? agileLock(description.subarray(8)) : standardLock(description)
  const bytes = lock.open(password ?? unaskedPassword, encrypted)
  if (bytes === null && password === null) throw new ExtractionError('password_required', 'the file is encrypted', { mime: lockedMime })
  if (bytes === null) throw new ExtractionError('password_wrong', 'the password does not open the file', { mime: lockedMime })
  const open = join(folder, 'unlocked')
  writeFileSync(open, bytes.subarray(0, Number(encrypted.readBigUInt64LE(0))), { flag: 'wx', mode: 0o600 })
  return open
}
