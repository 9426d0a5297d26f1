import PostalMime, { type Address, type Attachment } from 'postal-mime'
import { emitText } from './emit-text.ts'
import { htmlToText } from './html-text.ts'
import type { ParserInput } from './parser.types.ts'

/** Pictures of a signature or a layout, shown inside the text and smaller than this, are no documents. */
const smallPictureBytes = 20_000

function names(addresses: readonly Address[]): string {
  return addresses
    .map((address) => {
      if (address.group !== undefined) return `${address.name}: ${names(address.group)}`
      return address.name === '' ? address.address : `${address.name} <${address.address}>`
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

/** Headers that people search by, then the words of the mail; what is attached is kept for a reading of its own. */
export async function parse(input: ParserInput): Promise<void> {
  const mail = await PostalMime.parse(input.file.bytes(), { forceRfc822Attachments: true })
  const headers = [
    ['Subject', mail.subject ?? ''],
    ['From', names(mail.from ? [mail.from] : [])],
    ['To', names(mail.to ?? [])],
    ['Cc', names(mail.cc ?? [])],
    ['Date', mail.date ?? ''],
  ]
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}: ${value}`)
  const own = mail.text?.trim() ?? ''
  const body = own === '' ? htmlToText(mail.html ?? '') : own
  let unnamed = 0
  for (const attachment of mail.attachments) {
    const bytes = bytesOf(attachment)
    if (attachment.related && attachment.mimeType.startsWith('image/') && bytes.byteLength < smallPictureBytes) continue
    unnamed += attachment.filename ? 0 : 1
    input.attach(attachment.filename || `attachment-${unnamed}.${extensions[attachment.mimeType] ?? 'bin'}`, bytes)
  }
  emitText(input, [headers.join('\n'), body].join('\n\n'))
}
