import { Parser } from 'htmlparser2'
import { createLineBuffer, type LineBuffer } from '../text/line-buffer.ts'
import { createHtmlLists } from './html-lists.ts'

/** What is in these is never words for a reader. */
const silent = new Set(['script', 'style', 'template', 'iframe', 'object', 'noembed', 'noframes'])
const blocks = new Set([
  'address',
  'article',
  'aside',
  'blockquote',
  'body',
  'caption',
  'dd',
  'details',
  'dialog',
  'div',
  'dl',
  'dt',
  'fieldset',
  'figcaption',
  'figure',
  'footer',
  'form',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'header',
  'hr',
  'legend',
  'li',
  'main',
  'menu',
  'nav',
  'ol',
  'optgroup',
  'option',
  'p',
  'pre',
  'section',
  'summary',
  'table',
  'tbody',
  'tfoot',
  'thead',
  'title',
  'tr',
  'ul',
])
const paragraphs = new Set(['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'ul', 'ol', 'table', 'title', 'pre', 'section', 'article'])

const notShown = /(^|;)\s*(display\s*:\s*none|visibility\s*:\s*(hidden|collapse))\b/i
/** What the page itself says is not shown; what a style sheet hides is not known here. */
const isHidden = (attributes: Record<string, string>) => attributes['hidden'] !== undefined || notShown.test(attributes['style'] ?? '')
/** Elements that never have a content, so that one of them hides nothing. */
const empty = new Set(['area', 'base', 'br', 'col', 'embed', 'hr', 'img', 'input', 'link', 'meta', 'source', 'track', 'wbr'])

/** A cell of as much is a field of its row, whatever blocks and breaks it is made of; one of more is a part of the page, as in letters that are laid out by tables. */
const field = { lines: 6, characters: 300 }
/** Cells within cells; what is deeper belongs to the cell around it. Each level is copied once more as it ends. */
const deepest = 32

/** Where the words of a page go: to the page, or to the cell of a table that is open. */
function createHtmlFlow() {
  const bottom = createLineBuffer()
  const cells: LineBuffer[] = []
  let deeper = 0
  const top = (): LineBuffer => cells.at(-1) ?? bottom
  return {
    top,
    openCell(): void {
      if (cells.length < deepest) cells.push(createLineBuffer())
      else deeper += 1
    },
    closeCell(): void {
      if (deeper > 0) {
        deeper -= 1
        top().add('\t')
        return
      }
      const text = cells.pop()?.text().trim()
      if (text === undefined) return
      const out = top()
      const lines = text.split('\n').filter((line) => line !== '')
      if (text.length <= field.characters && lines.length <= field.lines && !text.includes('\t')) {
        out.add(`${lines.join(' ')}\t`)
        return
      }
      out.fresh(true)
      out.add(text)
      out.fresh(true)
    },
    text(): string {
      while (cells.length > 0) this.closeCell()
      return bottom.text()
    },
  }
}

/** The words of a page of HTML as a reader would meet them. Nothing is run and nothing is fetched; script and style leave no trace. */
export function htmlToText(html: string): string {
  const flow = createHtmlFlow()
  const lists = createHtmlLists()
  let silence = 0
  let preformatted = 0
  /** For each element that is open, whether it is silent. */
  const elements: boolean[] = []
  const open = (name: string, attributes: Record<string, string>) => {
    if (name === 'td' || name === 'th') flow.openCell()
    const out = flow.top()
    if (name === 'br') out.end()
    if (blocks.has(name)) out.fresh(paragraphs.has(name))
    if (name === 'pre') preformatted += 1
    lists.open(name, attributes)
    if (name === 'li') out.add(lists.mark(attributes))
    if (name === 'img' && attributes['alt']) out.add(`${out.open() === '' ? '' : ' '}${attributes['alt'].replace(/\s+/g, ' ').trim()} `)
  }
  const close = (name: string) => {
    if (name === 'pre') preformatted = Math.max(0, preformatted - 1)
    lists.close(name)
    if (name === 'td' || name === 'th') flow.closeCell()
    if (blocks.has(name)) flow.top().fresh(paragraphs.has(name))
  }
  const add = (data: string) => {
    const out = flow.top()
    if (preformatted > 0) return out.add(data.replaceAll('\r\n', '\n'))
    const words = data.replace(/[ \t\r\n\f]+/g, ' ')
    out.add(/^\s?$/.test(out.open().slice(-1)) ? words.replace(/^ /, '') : words)
  }
  const parser = new Parser(
    {
      onopentag: (name, attributes) => {
        const quiet = silent.has(name) || isHidden(attributes)
        elements.push(quiet && !empty.has(name))
        if (elements.at(-1) === true) silence += 1
        if (silence === 0 && !quiet) open(name, attributes)
      },
      onclosetag: (name) => {
        if (elements.pop() === true) silence -= 1
        else if (silence === 0) close(name)
      },
      ontext: (data) => { if (silence === 0) add(data) },
    },
    { decodeEntities: true, lowerCaseTags: true },
  )
  parser.end(html)
  return flow.text()
}
