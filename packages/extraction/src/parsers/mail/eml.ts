import PostalMime, { type Address, type Attachment } from 'postal-mime'
import { emitText } from '../emit-text.ts'
import { htmlToText } from '../html-text.ts'
import type { RawFacts } from '../../text/facts.ts'
import type { ParserInput } from '../parser.types.ts'
import { withToldLetters } from './raw-letters.ts'
import { mailText, smallPictureBytes } from './words.ts'

function names(addresses: readonly Address[]): string {
  return addresses
    .map((address) => {
      if (address.group !== undefined) return `${address.name}: ${names(address.group)}`
      if (address.name === '' || !address.address) return address.name || address.address
      return `${address.name} <${address.address}>`
    })
    .join(', ')
}

function bytesOf({ content }: Attachment): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content, 'utf8') : new Uint8Array(content)
}

const extensions: Record<string, string> = {
  'message/rfc822': 'eml',
  'text/calendar': 'ics',
  'text/plain': 'txt',
  'text/html': 'html',
  'application/pdf': 'pdf',
  'image/png': 'png',
  'image/jpeg': 'jpg',
}

/** What programs sign a mail with, which has no words: of a type and, where it has one, a name that they give it, small, and by its bytes what it says it is. */
const signatures: readonly { readonly type: RegExp; readonly name: RegExp; readonly begins: Buffer }[] = [
  { type: /^application\/(?:x-)?pkcs7-signature$/, name: /^smime\.p7s$/i, begins: Buffer.from([0x30]) },
  { type: /^application\/pgp-signature$/, name: /^(?:signature|openpgp_signature)(?:\.asc)?$/i, begins: Buffer.from('-----BEGIN PGP SIGNATURE-----') },
]
const mostSignatureBytes = 64 * 1024

function isSignature({ mimeType, filename }: Attachment, content: Uint8Array): boolean {
  return content.byteLength <= mostSignatureBytes && signatures.some(({ type, name, begins }) =>
    type.test(mimeType) && (!filename || name.test(filename)) && begins.equals(content.subarray(0, begins.length)))
}

/** How many times the words of the plain part those of the HTML are where the plain one is a stub, such as "use another program". */
const stubShare = 3
const wordsIn = (text: string): number => text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0

/** The plain part, else the HTML; that as well where the plain one says clearly less. */
function bodyOf(plain: string, html: string): string {
  const marked = html === '' ? '' : htmlToText(html)
  return plain === '' || wordsIn(marked) > stubShare * wordsIn(plain) ? marked : plain
}

/**
 * The words of a mail; what is attached is handed to `attach`, what its headers say of it to `tell`. Names of attachments without one are numbered.
 */
export async function readMail(bytes: Uint8Array, attach: ParserInput['attach'], tell: (facts: RawFacts) => void = () => undefined): Promise<string> {
  const mail = await PostalMime.parse(await withToldLetters(bytes), { forceRfc822Attachments: true })
  let unnamed = 0
  for (const attachment of mail.attachments) {
    const content = bytesOf(attachment)
    if (isSignature(attachment, content)) continue
    if (attachment.related && attachment.mimeType.startsWith('image/') && content.byteLength < smallPictureBytes) continue
    unnamed += attachment.filename ? 0 : 1
    attach(attachment.filename || `attachment-${unnamed}.${extensions[attachment.mimeType] ?? 'bin'}`, content)
  }
  const from = names(mail.from ? [mail.from] : [])
  tell({ title: mail.subject, author: from, createdAt: mail.date })
  return mailText({
    subject: mail.subject ?? '', from, to: names(mail.to ?? []), cc: names(mail.cc ?? []), date: mail.date ?? '',
    body: bodyOf(mail.text?.trim() ?? '', mail.html ?? ''),
  })
}

/** Headers that people search by, then the words of the mail; what is attached is kept for a reading of its own. */
export async function parse(input: ParserInput): Promise<void> {
  emitText(input, await readMail(input.file.bytes(), input.attach, (facts) => { input.facts(() => facts) }))
}
