import { codePageDecoder } from '../text/code-pages.ts'
import { createFlow, type Flow } from './office/flow.ts'
import { codePages, floatingGroups, silentGroups, symbols, wordedGroups } from './rtf-symbols.ts'

/** A control word with its number, a byte, a control sign, the bounds of a group, or letters. */
const tokens = /\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}]+)/g

/** What holds within a group. `fallback`: letters that stand after each `\u` for readers without Unicode; `mark`: it holds the mark of an entry of a list. */
type Group = { silent: boolean; hidden: boolean; fallback: number; codePage: number; floating: boolean; optional: boolean; begun: boolean; fonts: boolean; mark: boolean; around: Paragraph | null }
/** What the open paragraph is. `around` of a group: that of the text which a note or a box stands in. */
type Paragraph = { readonly inTable: boolean; readonly isHeading: boolean }

const maxDepth = 10_000

class RtfReader {
  readonly #source: string
  readonly #flow: Flow = createFlow()
  readonly #fonts = new Map<number, number>()
  #groups: Group[] = [{ silent: false, hidden: false, fallback: 1, codePage: 1_252, floating: false, optional: false, begun: true, fonts: false, mark: false, around: null }]
  #filePage = 1_252
  #defining = 0
  #bytes: number[] = []
  #bytesPage = 1_252
  #skip = 0
  #inTable = false
  #isHeading = false
  #mark = ''

  constructor(source: string) {
    this.#source = source
  }

  read(): string {
    tokens.lastIndex = 0
    for (let token = tokens.exec(this.#source); token !== null; token = tokens.exec(this.#source)) {
      const [, word, number, hex, sign, brace, letters] = token
      if (word !== undefined) this.#word(word, number === undefined ? null : Number(number))
      else if (hex !== undefined) this.#byte(Number.parseInt(hex, 16))
      else if (sign !== undefined) this.#sign(sign)
      else if (brace === '{') this.#open()
      else if (brace === '}') this.#close()
      else this.#letters(letters ?? '')
    }
    this.#flush()
    return this.#flow.text()
  }

  get #group(): Group {
    return this.#groups.at(-1) as Group
  }

  #open(): void {
    this.#flush()
    this.#skip = 0
    if (this.#groups.length >= maxDepth) throw new RangeError('groups of the text stand within each other without end')
    this.#groups.push({ ...this.#group, floating: false, optional: false, begun: false, around: null })
  }

  #close(): void {
    this.#flush()
    this.#skip = 0
    const group = this.#groups.length > 1 ? this.#groups.pop() : undefined
    if (group?.mark === true && !this.#group.mark) this.#endMark()
    if (group?.around) [this.#inTable, this.#isHeading] = [group.around.inTable, group.around.isHeading]
    if (group?.floating === true) this.#flow.land()
  }

  #sign(sign: string): void {
    if (sign === '*') this.#group.optional = true
    else if (sign === '\n' || sign === '\r') this.#word('par', null)
    else this.#text(symbols[sign] ?? '')
  }

  /** The first word of a group may say what the group is. */
  #begin(word: string): void {
    const group = this.#group
    if (group.begun) return
    group.begun = true
    if (word === 'fonttbl') group.fonts = true
    if (word === 'listtext' || word === 'pntext') group.mark = true
    if (silentGroups.has(word) || (group.optional && !wordedGroups.has(word))) group.silent = true
    if (floatingGroups.has(word) && !group.silent) {
      group.floating = true
      group.around = { inTable: this.#inTable, isHeading: this.#isHeading }
      this.#inTable = this.#isHeading = false
      this.#flow.float()
    }
  }

  #word(word: string, number: number | null): void {
    if (word === 'bin') {
      tokens.lastIndex += Math.max(0, number ?? 0)
      return
    }
    this.#begin(word)
    if (this.#skip > 0 && word !== 'u') this.#skip -= 1
    if (word === 'u' && number !== null) return this.#unicode(number)
    const group = this.#group
    if (word === 'uc') group.fallback = Math.min(16, Math.max(0, number ?? 1))
    else if (word === 'f' || word === 'fcharset' || word === 'cpg') this.#font(word, number ?? 0)
    else if (word === 'ansicpg' || word === 'mac') {
      this.#filePage = word === 'mac' ? 10_000 : number ?? 1_252
      group.codePage = this.#filePage
    } else if (word === 'v' || word === 'deleted') group.hidden = number !== 0
    else if (word === 'plain') {
      group.hidden = false
      group.codePage = this.#filePage
    } else this.#layout(word, number)
  }

  #font(word: string, number: number): void {
    const group = this.#group
    if (!group.fonts) {
      if (word === 'f') group.codePage = this.#fonts.get(number) ?? this.#filePage
    } else if (word === 'f') this.#defining = number
    else {
      const codePage = word === 'cpg' ? number : codePages[number]
      if (codePage !== undefined) this.#fonts.set(this.#defining, codePage)
    }
  }

  #layout(word: string, number: number | null): void {
    const { silent, mark } = this.#group
    const symbol = symbols[word]
    if (symbol !== undefined) return this.#text(symbol)
    if (word === 'outlinelevel' && !silent) return this.#heading(number ?? 9)
    if (word === 'intbl') this.#inTable = true
    // A mark has a look of its own, and is no end of what its paragraph is.
    if (word === 'pard' && !mark) this.#inTable = this.#isHeading = false
    if (!['par', 'sect', 'cell', 'nestcell', 'row', 'nestrow'].includes(word)) return
    this.#flush()
    if (silent) return
    if (word === 'cell' || word === 'nestcell') this.#flow.cell()
    else if (word === 'row' || word === 'nestrow') this.#flow.row()
    else if (this.#inTable) this.#flow.add(' ')
    else this.#paragraph()
  }

  /** Levels from 0 are headings, 9 is the text. */
  #heading(level: number): void {
    this.#flush()
    this.#isHeading = level < 9 && !this.#inTable
    if (this.#isHeading && this.#flow.last() === '') this.#flow.gap()
  }

  #paragraph(): void {
    this.#flow.paragraph()
    if (this.#isHeading) this.#flow.gap()
  }

  #unicode(number: number): void {
    this.#text(String.fromCharCode(number & 0xffff))
    this.#skip = this.#group.fallback
  }

  #byte(byte: number): void {
    if (this.#skip > 0) {
      this.#skip -= 1
      return
    }
    const { silent, hidden, codePage } = this.#group
    if (silent || hidden) return
    if (this.#bytesPage !== codePage) this.#flush()
    this.#bytesPage = codePage
    this.#bytes.push(byte)
  }

  #letters(raw: string): void {
    this.#group.begun = true
    for (const letter of raw.replace(/[\r\n]+/g, '')) this.#byte(letter.charCodeAt(0))
  }

  #text(text: string): void {
    this.#group.begun = true
    this.#flush()
    if (!this.#group.silent && !this.#group.hidden) this.#add(text)
  }

  /** Bytes wait for their neighbours: a letter of Chinese, Japanese or Korean has two of them. */
  #flush(): void {
    if (this.#bytes.length === 0) return
    this.#add(codePageDecoder(this.#bytesPage).decode(Uint8Array.from(this.#bytes)))
    this.#bytes = []
  }

  #add(text: string): void {
    if (this.#group.mark) this.#mark += text
    else this.#flow.add(text)
  }

  /** The mark of an entry as those of other formats: a blank behind it, whatever its writer set there. */
  #endMark(): void {
    const mark = this.#mark.replace(/\s+/g, ' ').trim()
    this.#mark = ''
    if (mark !== '') this.#flow.add(`${mark} `)
  }
}

/** The words of a text in Rich Text Format (version 1.9.1). Pictures and objects are left alone, and nothing they name is fetched. */
export function rtfToText(bytes: Buffer): string {
  return new RtfReader(bytes.toString('latin1')).read()
}
