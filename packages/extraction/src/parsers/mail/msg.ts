import { openCompound, type Compound, type CompoundNode } from '../../archive/compound.ts'
import { certainCharset, decoderFor } from '../../text/charset.ts'
import { codePageDecoder } from '../../text/code-pages.ts'
import { decodeUnknown } from '../../text/decode-unknown.ts'
import { emitText } from '../emit-text.ts'
import { declaredCharset } from '../html.ts'
import { htmlToText } from '../html-text.ts'
import type { ParserInput } from '../parser.types.ts'
import { rtfToText } from '../rtf-text.ts'
import { decompressRtf } from './lzfu.ts'
import { propertiesOf, tags, type Properties } from './properties.ts'
import { mailText, smallPictureBytes } from './words.ts'

/** Messages within messages are read where they stand, so many of them deep. */
const maxDepth = 3

type Decode = (bytes: Buffer) => string
type Message = { readonly file: Compound; readonly node: CompoundNode; readonly depth: number }

/** How texts that are not Unicode are read: as the message says, else as its words look. */
async function decoderOf(message: Properties): Promise<Decode> {
  const codePage = message.number(tags.messageCodePage) ?? message.number(tags.internetCodePage)
  const sample = Buffer.concat([tags.body, tags.subject, tags.html].flatMap((tag) => [message.narrow(tag) ?? Buffer.alloc(0), Buffer.from('\n')]))
  const decoder = codePage === null ? decoderFor(certainCharset(sample) ?? (await import('../../text/guess-charset.ts')).guessCharset(sample)) : codePageDecoder(codePage)
  return (bytes) => (decoder ?? codePageDecoder(0)).decode(bytes)
}

/** The body as text; where there is only HTML or Rich Text, the words of that. */
async function bodyOf(message: Properties, maxBytes: number): Promise<string> {
  const plain = message.text(tags.body)
  if (plain.trim() !== '') return plain
  const html = message.bytes(tags.html)
  if (html !== null) return htmlToText(await decodeUnknown(html, declaredCharset(html)))
  const markup = message.text(tags.html)
  if (markup.trim() !== '') return htmlToText(markup)
  const packed = message.bytes(tags.compressedRtf)
  return packed === null ? '' : rtfToText(decompressRtf(packed, maxBytes))
}

function headersOf(message: Properties): { from: string; date: string } {
  const [name, address] = [message.text(tags.senderName), message.text(tags.senderSmtp) || message.text(tags.senderAddress)]
  // Addresses within one organization are paths of its directory, which nobody knows by heart.
  const from = address === '' || address === name || !address.includes('@') ? name : `${name} <${address}>`.trim()
  return { from, date: message.moment(tags.sentAt) || message.moment(tags.deliveredAt) }
}

async function readMessage(input: ParserInput, { file, node, depth }: Message): Promise<string> {
  const kind = depth === 0 ? 'message' : 'embedded'
  const decode = await decoderOf(propertiesOf(file, node, { kind, decode: (bytes) => bytes.toString('latin1') }))
  const message = propertiesOf(file, node, { kind, decode })
  const headers = headersOf(message)
  if (depth === 0) input.facts(() => ({ title: message.text(tags.subject), author: headers.from, createdAt: headers.date }))
  const parts = [mailText({
    subject: message.text(tags.subject), ...headers, to: message.text(tags.displayTo), cc: message.text(tags.displayCc),
    body: (await bodyOf(message, input.limits.outputBytes)).trim(),
  })]
  const storages = [...node.children ?? []].filter(([name, child]) => name.startsWith('__attach_version1.0_') && child.children !== null)
  for (const [, child] of storages.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const attachment = propertiesOf(file, child, { kind: 'attachment', decode })
    const [bytes, inner] = [attachment.bytes(tags.data), attachment.object(tags.data)]
    if (bytes !== null && !isDecoration(attachment, bytes)) input.attach(nameOf(attachment), bytes)
    else if (inner !== null && depth + 1 < maxDepth) parts.push(await readMessage(input, { file, node: inner, depth: depth + 1 }))
  }
  return parts.join('\n\n')
}

const nameOf = (attachment: Properties) =>
  attachment.text(tags.longFileName) || attachment.text(tags.shortFileName) || attachment.text(tags.displayName) || 'attachment'

/** A picture that the body shows, as those of a signature. */
function isDecoration(attachment: Properties, bytes: Buffer): boolean {
  return attachment.text(tags.contentId) !== '' && /^image\//i.test(attachment.text(tags.mimeType)) && bytes.byteLength < smallPictureBytes
}

/** An Outlook message: headers and words as of any mail, then those of messages within it; files attached are kept for a reading of their own. */
export async function parse(input: ParserInput): Promise<void> {
  const file = openCompound(input.file.bytes())
  emitText(input, await readMessage(input, { file, node: file.root, depth: 0 }))
}
