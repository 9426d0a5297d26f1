import { reprocessingContract, type ReprocessWhere } from '@intellidocs/contracts'
import { UsageError } from './failure.ts'

type Token = { readonly text: string; readonly at: number; readonly quoted: boolean }
type Found = Omit<ReprocessWhere, 'folderId'> & { folder?: string }
type Field = { readonly operators: Readonly<Record<string, keyof Found>>; readonly value?: (token: Token) => string | number }

const equals = (name: keyof Found): Field => ({ operators: { '=': name } })
const fields: Readonly<Record<string, Field>> = {
  extractor: equals('extractor'), engine: equals('engine'), model: equals('model'), version: equals('engineVersion'), type: equals('mime'), language: equals('language'),
  folder: equals('folder'), state: equals('state'), reason: equals('reason'),
  confidence: { operators: { '<': 'confidenceBelow', '>': 'confidenceAbove' }, value: confidenceOf },
  created: { operators: { '<': 'createdBefore', '>=': 'createdFrom' }, value: momentOf },
}

/** Where in the words something is wrong, and what would be right there. */
function wrong(at: number, sentence: string): UsageError {
  return new UsageError(`--where, at character ${at + 1}: ${sentence}`)
}

function tokensOf(words: string): Token[] {
  const tokens: Token[] = []
  const pattern = /"([^"]*)"|<=|>=|[<>=]|[^\s"<>=]+/gy
  for (let at = 0; ;) {
    at += /^\s*/.exec(words.slice(at))?.[0].length ?? 0
    if (at >= words.length) return tokens
    pattern.lastIndex = at
    const match = pattern.exec(words)
    if (match === null) throw wrong(at, 'a quotation mark that is not closed.')
    tokens.push({ text: match[1] ?? match[0], at, quoted: match[1] !== undefined })
    at = pattern.lastIndex
  }
}

/** A share of one, as 0.7, or of a hundred, as 70 or 70%; the server takes hundredths. */
function confidenceOf({ text, at }: Token): number {
  const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? []
  const number = Number(digits)
  const hundredths = percent === '' && number <= 1 ? Number((number * 100).toFixed(6)) : number
  if (digits === undefined || hundredths > 100) throw wrong(at, 'a confidence is a number up to 1, as 0.7, or up to 100, as 70 or 70%.')
  return hundredths
}

function momentOf({ text, at }: Token): string {
  const moment = /^\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?$/.test(text) ? new Date(text) : new Date(Number.NaN)
  if (Number.isNaN(moment.getTime())) throw wrong(at, 'a day is meant, as 2026-03-31.')
  return moment.toISOString()
}

function read(tokens: readonly Token[], end: number): { found: Found; places: Map<string, number> } {
  const found: Record<string, string | number> = {}
  const places = new Map<string, number>()
  for (let next = 0; ; next += 1) {
    const [name, operator, value] = [tokens[next], tokens[next + 1], tokens[next + 2]]
    const field = name === undefined || !Object.hasOwn(fields, name.text) ? undefined : fields[name.text]
    if (name === undefined || field === undefined) throw wrong(name?.at ?? end, `one of ${Object.keys(fields).join(', ')} is meant here.`)
    const key = operator === undefined || operator.quoted ? undefined : field.operators[operator.text]
    if (operator === undefined || key === undefined) throw wrong(operator?.at ?? end, `${name.text} goes with ${Object.keys(field.operators).join(' or ')}.`)
    if (value === undefined || (!value.quoted && /^[<>=]/.test(value.text))) throw wrong(value?.at ?? end, `what ${name.text} is to be is missing.`)
    if (key in found) throw wrong(name.at, `${name.text} ${operator.text} stands here twice; all conditions hold together.`)
    found[key] = field.value?.(value) ?? value.text
    places.set(key, value.at)
    const and = tokens[(next += 3)]
    if (and === undefined) return { found, places }
    if (and.text.toLowerCase() !== 'and') throw wrong(and.at, 'conditions are joined by "and".')
  }
}

/**
 * Conditions in words: `engine = tesseract.js and confidence < 0.7`. Values with blanks stand in quotation marks; `folder` is a path, for the caller to look up.
 * @throws UsageError that names the character
 */
export function parseWhere(words: string): { where: Omit<ReprocessWhere, 'folderId'>; folder: string | null } {
  const { found: { folder = null, ...where }, places } = read(tokensOf(words), words.length)
  const fault = reprocessingContract.reprocessWhere.safeParse(folder === null ? where : { ...where, folderId: '01890000-0000-7000-8000-000000000001' }).error?.issues[0]
  if (fault !== undefined) throw wrong(places.get(String(fault.path[0])) ?? 0, `${fault.message}.`)
  return { where, folder }
}
