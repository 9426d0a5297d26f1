import { Parser } from 'htmlparser2'
import { createHtmlFlow } from './html-flow.ts'
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

/** The words of a page of HTML as a reader would meet them. Nothing is run and nothing is fetched; script and style leave no trace. */
export function htmlToText(html: string): string {
  const flow = createHtmlFlow()
  const lists = createHtmlLists()
  /** Marks of entries that have no words yet: they stand before the first ones, whatever block these are in. */
  let marks: string[] = []
  let silence = 0
  let preformatted = 0
  /** For each element that is open, whether it is silent. */
  const elements: boolean[] = []
  const say = (words: string) => {
    const mark = marks.filter((one) => one !== '').join(' ')
    marks = []
    flow.top().add(mark === '' ? words : `${mark} ${words.trimStart()}`)
  }
  const open = (name: string, attributes: Record<string, string>) => {
    if (name === 'tr') flow.openRow()
    if (name === 'td' || name === 'th') flow.openCell()
    flow.note(name)
    const out = flow.top()
    if (name === 'br') out.end()
    if (blocks.has(name)) out.fresh(paragraphs.has(name))
    if (name === 'pre') preformatted += 1
    lists.open(name, attributes)
    if (name === 'li') marks.push(lists.mark(attributes))
    if (name === 'img' && attributes['alt']) say(`${out.open() === '' ? '' : ' '}${attributes['alt'].replace(/\s+/g, ' ').trim()} `)
  }
  const close = (name: string) => {
    if (name === 'pre') preformatted = Math.max(0, preformatted - 1)
    lists.close(name)
    if (name === 'li') marks.pop()
    if (name === 'td' || name === 'th') flow.closeCell()
    if (name === 'tr' || name === 'table') flow.closeRow()
    if (blocks.has(name)) flow.top().fresh(paragraphs.has(name))
  }
  const add = (data: string) => {
    if (preformatted > 0) return say(data.replaceAll('\r\n', '\n'))
    const words = data.replace(/[ \t\r\n\f]+/g, ' ')
    const shown = /^\s?$/.test(flow.top().open().slice(-1)) ? words.replace(/^ /, '') : words
    if (shown.trim() !== '') say(shown)
    else if (marks.length === 0) flow.top().add(shown)
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
