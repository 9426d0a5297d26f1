import { posix } from 'node:path'
import type { Reason } from '@intellidocs/contracts'
import { isUtf8 } from '../../text/utf8.ts'
import { ExtractionError } from '../../errors.ts'
import { emitText } from '../emit-text.ts'
import type { ParserInput } from '../parser.types.ts'

/** Files within one archive, and how many times its size it may unpack to. */
export const maxFiles = 1_000
export const maxRatio = 100
/** Small archives may be anything: they cannot hurt. */
export const ratioMattersFrom = 64 * 1024 ** 2

/** A file of an archive; `read` throws what makes it unreadable. */
export type ArchivedFile = { readonly rawName: Buffer; read(): Uint8Array }

/** What unpacking systems leave beside the files: no document. */
const leftover = /(^|\/)(__MACOSX\/|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/i

async function decodeOldNames(names: readonly Buffer[]): Promise<string[]> {
  // Loads the language detector, so only where it is needed.
  const { decodeNames } = await import('../../text/guess-charset.ts')
  return decodeNames(Buffer.concat(names.flatMap((name) => [name, Buffer.from('\n')]))).split('\n')
}

/** Names as people wrote them. Those that are no UTF-8 are judged together: one alone is too short to tell its encoding by. */
async function namesOf(files: readonly ArchivedFile[]): Promise<string[]> {
  const old = files.map(({ rawName }) => rawName).filter((name) => !isUtf8(name))
  const decoded = old.length === 0 ? [] : await decodeOldNames(old)
  return files.map(({ rawName }) => (isUtf8(rawName) ? rawName.toString('utf8') : decoded.shift() ?? rawName.toString('latin1')).replaceAll('\\', '/'))
}

const tooMany = (count: number, mime: string) => new ExtractionError('output_limit', `an archive of ${count} files, ${maxFiles} are allowed`, { mime })

/** What may be wrong with one file of an archive, as its list says it. */
const troubles: Partial<Record<Reason, string>> = {
  corrupt: 'damaged', unsupported_type: 'encrypted or packed in another way', password_required: 'locked by a password', password_wrong: 'locked by another password',
}
/** What people can do something about comes before what they cannot. */
const graver = (before: ExtractionError | null, now: ExtractionError) => before === null || (!before.reason.startsWith('password') && now.reason.startsWith('password')) ? now : before

/**
 * Hands on the files of an archive for readings of their own; the archive's own text is the list of their names. One that cannot be unpacked is said so
 * in the list, and costs the others nothing.
 *
 * @throws ExtractionError `output_limit`, `empty`; what is wrong with the files when none can be unpacked, first of all that they are locked
 */
export async function emitFiles(input: ParserInput, files: readonly ArchivedFile[]): Promise<void> {
  if (files.length > maxFiles) throw tooMany(files.length, input.mime)
  const names = await namesOf(files)
  const lines: string[] = []
  let [kept, trouble]: [number, ExtractionError | null] = [0, null]
  for (const [index, file] of files.entries()) {
    const name = names[index] ?? ''
    if (leftover.test(name)) continue
    try {
      input.attach(posix.basename(name), file.read())
      kept += 1
      lines.push(name)
    } catch (error) {
      const words = error instanceof ExtractionError ? troubles[error.reason] : undefined
      if (!(error instanceof ExtractionError) || words === undefined) throw error
      trouble = graver(trouble, error)
      input.warn({ reason: 'attachment_unreadable', names: [name] })
      lines.push(`${name} (not read: ${words})`)
    }
  }
  if (kept === 0) throw trouble ?? new ExtractionError('empty', 'the archive holds no file', { mime: input.mime })
  emitText(input, lines.join('\n'))
}
