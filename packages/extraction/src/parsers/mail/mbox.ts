import { headerLine, mailboxLine } from '../../detect/text-kind.ts'
import { ExtractionError } from '../../errors.ts'
import { cleanText } from '../../text/clean.ts'
import { splitIntoPages } from '../../text/split.ts'
import { createTextBudget, type TextBudget } from '../office/budget.ts'
import type { ParserInput } from '../parser.types.ts'
import { readMail } from './eml.ts'

const separator = Buffer.from('\nFrom ')
const byteOrderMark = Buffer.from('\ufeff')

/** Whether a message begins here: after an empty line or as the `first`, with a line of its own, before headers. What looks like one within a message is words of it. */
function beginsMessage(bytes: Buffer, at: number, first: number): boolean {
  if (at > first && !/\n\r?\n$/.test(bytes.toString('latin1', Math.max(0, at - 3), at))) return false
  const [line = '', next = ''] = bytes.toString('latin1', at, at + 400).split('\n')
  return mailboxLine.test(line) && (at === first || headerLine.test(next))
}

/** A line of a message that would look like the beginning of one is written with a mark in front, of which one is taken away again. */
function unquoted(message: Buffer): Buffer {
  if (!message.includes('\n>')) return message
  return Buffer.from(message.toString('latin1').replace(/^>(?=>*From )/gm, ''), 'latin1')
}

/** Messages of a mailbox, without the lines that part them. */
export function messagesOf(bytes: Buffer): Buffer[] {
  const starts: number[] = []
  const first = bytes.subarray(0, byteOrderMark.length).equals(byteOrderMark) ? byteOrderMark.length : 0
  for (let at = bytes.indexOf('From '); at !== -1;) {
    if (beginsMessage(bytes, at, first)) starts.push(at)
    const next = bytes.indexOf(separator, at + 4)
    at = next === -1 ? -1 : next + 1
  }
  return starts.map((start, index) => {
    const message = bytes.subarray(start, starts[index + 1] ?? bytes.length)
    return unquoted(message.subarray(message.indexOf(10) + 1))
  })
}

/** Pages of a message; one without words where it cannot be read, which costs the others nothing. @throws ExtractionError when a limit is crossed */
async function pagesOf(message: Buffer, attach: ParserInput['attach'], budget: TextBudget): Promise<string[]> {
  try {
    return splitIntoPages(cleanText(budget.take(await readMail(message, attach))))
  } catch (error) {
    if (error instanceof ExtractionError) throw error
    return ['']
  }
}

/** A page a message (more where it is long); what is attached to any of them is kept for a reading of its own. */
export async function parse(input: ParserInput): Promise<void> {
  const messages = messagesOf(input.file.bytes())
  const budget = createTextBudget(input.limits.outputBytes)
  const pages: string[] = []
  for (const message of messages.slice(0, input.limits.pages)) pages.push(...(await pagesOf(message, input.attach, budget)))
  if (pages.every((page) => page === '')) throw new ExtractionError(pages.length === 0 ? 'empty' : 'corrupt', 'no message holds words', { mime: input.mime })
  // A message is a page at least.
  input.total(pages.length + Math.max(0, messages.length - input.limits.pages))
  for (const page of pages) input.page(page, { warnings: page === '' ? ['corrupt'] : [] })
}
