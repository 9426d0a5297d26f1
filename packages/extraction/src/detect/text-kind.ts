import { unsupported } from '../errors.ts'
import { decodeText, certainCharset } from '../text/charset.ts'
import type { Identified } from '../types.ts'

/** More control characters than these are no text: a stray one or two, else 1 of 200. */
const strayControls = 2
const maxControls = 0.005

/** Japanese, Chinese or Korean in an old encoding: it decodes without a fault, mostly to ideographs or syllables, with their own full stops. */
function isEastAsian(head: Buffer): boolean {
  return ['shift_jis', 'euc-jp', 'gb18030', 'big5', 'euc-kr'].some((label) => {
    const text = new TextDecoder(label).decode(head)
    const letters = text.match(/[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]/g)?.length ?? 0
    // The end of the looked-at bytes may cut a character, so one fault is no fault.
    return letters > text.length * 0.3 && /[\u3001\u3002\uff0c]|[\uac00-\ud7af] /.test(text) && (text.match(/\ufffd/g)?.length ?? 0) <= 1
  })
}

/** Whether bytes are text at all, in any encoding this program reads. */
function looksLikeText(head: Buffer, cut: boolean): boolean {
  const certain = certainCharset(head, cut)
  const text = certain === null ? head.toString('latin1') : decodeText(head, { cut })
  // oxlint-disable-next-line no-control-regex -- control characters are what is counted
  const controls = text.match(/[\u0000-\u0008\u000e-\u001a\u001c-\u001f\u007f]/g)?.length ?? 0
  if (controls > Math.max(strayControls, text.length * maxControls)) return false
  if (certain !== null) return true
  if (isEastAsian(head)) return true
  // An 8-bit encoding of a language has ASCII spaces, line ends or marks between its parts, and few C1 bytes unless it is of old Macs or DOS; EBCDIC and binaries do not.
  const c1 = (text.match(/[\u0080-\u009f]/g)?.length ?? 0) / text.length
  const spaces = (text.match(/[ \n\r\t<>,;]/g)?.length ?? 0) / text.length
  return (c1 <= 0.1 && (text.length < 40 || spaces >= 0.02 || isThai(head))) || (controls === 0 && spaces >= 0.05)
}

/** Thai has no spaces between words. */
function isThai(head: Buffer): boolean {
  const text = new TextDecoder('windows-874').decode(head)
  return (text.match(/[\u0e00-\u0e7f]/g)?.length ?? 0) > text.length * 0.5
}

const mailHeaders = new Set([
  'return-path', 'received', 'from', 'to', 'cc', 'bcc', 'subject', 'date', 'message-id', 'mime-version', 'content-type', 'content-transfer-encoding',
  'delivered-to', 'reply-to', 'sender', 'references', 'in-reply-to', 'importance', 'dkim-signature', 'authentication-results', 'arc-seal',
])

/** The line that begins a message of a mailbox: who it is from and when it came, as asctime writes it (RFC 4155), with or without a zone; sentences begin with the word as well. */
export const mailboxLine = /^From \S.{0,200}? (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}\d{1,2} \d{1,2}:\d{2}(?::\d{2})?(?: [A-Z]{1,5}| [+-]\d{4})? \d{4}/
/** A line that a block of headers may begin with. */
export const headerLine = /^[!-9;-~]+:/

/** What programs write and people do not: of memos, which begin with lines such as `From:` and `Date:` as well, it tells mails. */
const technicalHeader = /^(received|message-id|mime-version|return-path|dkim-signature):/i
const textEndings = new Set(['txt', 'log', 'md', 'markdown'])

/**
 * A mail begins with a block of headers, of which one names a sender, a way or a subject. One that no program signed is called a mail by its name, or has the
 * address of a sender and is not called a text.
 */
function isMail(text: string, extension: string): boolean {
  const lines = text.replace(/^From \S+ .*\r?\n/, '').split(/\r?\n/)
  let headers = 0
  let telling = 0
  let isMeant = extension === 'eml' || mailboxLine.test(text)
  for (const line of lines.slice(0, 200)) {
    if (line === '') break
    if (/^[ \t]/.test(line) && headers > 0) continue
    if (!headerLine.test(line)) return false
    const name = line.slice(0, line.indexOf(':')).toLowerCase()
    if (mailHeaders.has(name) || name.startsWith('x-')) headers += 1
    if (/^(from|received|return-path|mime-version|message-id|date):/i.test(line)) telling += 1
    isMeant ||= technicalHeader.test(line) || (/^from:.*@/i.test(line) && !textEndings.has(extension))
  }
  return headers >= 2 && telling >= 1 && isMeant
}

/** Declarations, comments and white space may stand before the first tag. */
const beforeTag = /^\ufeff?(?:\s+|<\?[^>]*>|<!--[\s\S]*?-->|<!doctype(?!\s+html)[^>[]*(?:\[[^\]]*\])?\s*>)*/i
const htmlTag = new RegExp(`^<(?:!doctype\\s+html|${[
  'html', 'head', 'body', 'title', 'meta', 'link', 'script', 'style', 'div', 'p', 'table', 'h[1-6]', 'span', 'a', 'br', 'center', 'font', 'ul', 'ol',
  'article', 'section', 'main', 'header', 'nav', 'form',
].join('|')})\\b`, 'i')

function fieldsOf(line: string, delimiter: string): number {
  return line.replace(/"(?:[^"]|"")*"/g, 'q').split(delimiter).length
}

/** Rows that all have the same number of fields, three or more rows and fields: a table, whatever the name. */
function isTable(text: string, cut: boolean): boolean {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  const whole = (cut ? lines.slice(0, -1) : lines).slice(0, 50)
  if (whole.length < 3) return false
  return [',', ';', '\t', '|'].some((delimiter) => {
    const counts = whole.map((line) => fieldsOf(line, delimiter))
    const first = counts[0] ?? 0
    return first >= 3 && counts.every((fields) => fields === first) && whole.every((line) => line.length < 1_000)
  })
}

function markdownSigns(text: string): number {
  const signs = [/^#{1,6} \S/m, /^```/m, /\[[^\]\n]+\]\([^)\s]+\)/, /^\s*[-*] \S.*\n\s*[-*] \S/m, /\*\*\S[^*\n]*\*\*/, /^\|.*\|\s*\n\|[-:| ]+\|/m]
  return signs.filter((sign) => sign.test(text)).length
}

/** The first tag of an OpenDocument as one file of XML (OpenDocument 1.3, part 3, 3.1.1), also of a template or a master. */
const flatOdf = /^<office:document\s[^>]*office:mimetype=["']application\/vnd\.oasis\.opendocument\.(text|spreadsheet|presentation)(?:-template|-master)?["']/
const flatFormats = { text: 'odt', spreadsheet: 'ods', presentation: 'odp' } as const

/** The kind of text, or null when the bytes are none. `cut` tells that `head` is not the whole file. */
export function detectText(head: Buffer, fileName: string, cut: boolean): Identified | null {
  if (!looksLikeText(head, cut)) return null
  const text = decodeText(head, { cut })
  const extension = /\.([a-z0-9]{1,10})$/i.exec(fileName)?.[1]?.toLowerCase() ?? ''
  if (isMail(text, extension)) return mailboxLine.test(text) ? { mime: 'application/mbox', format: 'mbox' } : { mime: 'message/rfc822', format: 'eml' }
  const start = text.slice(beforeTag.exec(text)?.[0].length ?? 0)
  const flat = flatOdf.exec(start)?.[1] as keyof typeof flatFormats | undefined
  if (flat !== undefined) return { mime: `application/vnd.oasis.opendocument.${flat}-flat-xml`, format: flatFormats[flat] }
  if (/^<svg\b/i.test(start)) throw unsupported('image/svg+xml')
  if (htmlTag.test(start) && extension !== 'md') return { mime: 'text/html', format: 'html' }
  if (extension === 'htm' || extension === 'html' || extension === 'xhtml') {
    if (/<[a-z][^>]*>/i.test(text)) return { mime: 'text/html', format: 'html' }
  }
  if (extension === 'csv' || extension === 'tsv') return { mime: extension === 'tsv' ? 'text/tab-separated-values' : 'text/csv', format: 'csv' }
  if (extension === 'md' || extension === 'markdown') return { mime: 'text/markdown', format: 'markdown' }
  if (extension === 'txt' || extension === 'log') return { mime: 'text/plain', format: 'text' }
  if (isTable(text, cut)) return { mime: 'text/csv', format: 'csv' }
  if (markdownSigns(text) >= 2) return { mime: 'text/markdown', format: 'markdown' }
  return { mime: 'text/plain', format: 'text' }
}
