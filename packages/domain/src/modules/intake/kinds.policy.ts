import type { FileKind } from '@intellidocs/contracts'

/** Bytes at the beginning and at the end of a file by which its kind is told; as much as is asked of the store. */
export const LOOKED_AT_BYTES = 64 * 1024

const starts = (bytes: Buffer, ...signs: readonly string[]): boolean => signs.some((sign) => bytes.subarray(0, sign.length).equals(Buffer.from(sign, 'latin1')))
const MAIL_FIELD = /^(from|to|received|return-path|delivered-to|message-id|mime-version|date|subject|reply-to|dkim-signature|x-[a-z-]+):/i

/** Text has no NUL and no broken UTF-8, but for a letter that the cut divided. */
function isText(head: Buffer): boolean {
  if (head.length === 0 || head.includes(0)) return false
  const cut = head.length === LOOKED_AT_BYTES ? head.subarray(0, lastWhole(head)) : head
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(cut)
    return true
  } catch (error) {
    if (error instanceof TypeError) return false
    throw error
  }
}

function lastWhole(bytes: Buffer): number {
  let at = bytes.length
  while (at > 0 && at > bytes.length - 4 && ((bytes[at - 1] ?? 0) & 0xc0) === 0x80) at--
  return at - 1
}

/**
 * What a file is by its bytes, as far as a look at both ends tells: enough to refuse what was not asked for, and no proof that it is sound, which reading
 * it finds. Office files are archives, told from others by the part that names the rest: OOXML wherever it lies, OpenDocument at the beginning. Null: none
 * of these kinds.
 */
export function kindOf({ head, tail }: { readonly head: Buffer; readonly tail: Buffer }): FileKind | null {
  if (head.subarray(0, 1024).includes('%PDF-')) return 'pdf'
  if (starts(head, '\x89PNG\r\n\x1a\n', '\xff\xd8\xff', 'II*\0', 'MM\0*', 'GIF87a', 'GIF89a') || (starts(head, 'RIFF') && head.subarray(8, 12).equals(Buffer.from('WEBP')))) return 'image'
  if (starts(head, 'PK\x03\x04')) {
    const isOpenDocument = head.subarray(30, 38).equals(Buffer.from('mimetype')) && head.subarray(38, 200).includes('application/vnd.oasis.opendocument')
    return isOpenDocument || head.includes('[Content_Types].xml') || tail.includes('[Content_Types].xml') ? 'office' : null
  }
  if (starts(head, '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', '{\\rtf')) return 'office'
  if (MAIL_FIELD.test(head.subarray(0, 200).toString('latin1'))) return 'mail'
  return isText(head) ? 'text' : null
}

/** Whether a file that begins like this can be wanted: an archive may be told by its end alone, and what is empty is refused for that. */
export function mayBeWanted(kinds: readonly FileKind[] | null, start: Buffer): boolean {
  const head = start.subarray(0, LOOKED_AT_BYTES)
  if (head.length === 0 || (starts(head, 'PK\x03\x04') && kinds?.includes('office') === true)) return true
  return isWanted(kinds, kindOf({ head, tail: head }))
}

/** Null: any kind will do. Mail is text as well, and whoever takes text takes it. */
export const isWanted = (kinds: readonly FileKind[] | null, kind: FileKind | null): boolean =>
  kinds === null || (kind !== null && (kinds.includes(kind) || (kind === 'mail' && kinds.includes('text'))))
