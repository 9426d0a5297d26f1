import { Parser } from 'htmlparser2'
import type { RawFacts } from '../text/facts.ts'

/** A head is at the beginning; what comes later is no more looked at. */
const headLength = 256_000
const names: Readonly<Record<string, keyof RawFacts>> = {
  author: 'author', 'dc.creator': 'author', 'dcterms.creator': 'author', 'article:author': 'author', 'og:title': 'title', 'dc.title': 'title',
  'dcterms.created': 'createdAt', 'dc.date': 'createdAt', date: 'createdAt', 'article:published_time': 'createdAt', 'dcterms.modified': 'modifiedAt', 'article:modified_time': 'modifiedAt',
  'last-modified': 'modifiedAt',
}

/** What the head of a page says of it: its title and what its `meta` elements name. The first of each counts. */
export function htmlFacts(html: string): RawFacts {
  const named: Record<string, string> = {}
  let title = ''
  let inTitle = false
  let depth = 0
  const parser = new Parser({
    onopentag: (name, attributes) => {
      if (name === 'svg') depth += 1
      if (name === 'title' && depth === 0 && title === '') inTitle = true
      const fact = name === 'meta' ? names[(attributes['name'] ?? attributes['property'] ?? '').toLowerCase()] : undefined
      if (fact !== undefined && named[fact] === undefined) named[fact] = attributes['content'] ?? ''
    },
    onclosetag: (name) => {
      if (name === 'svg') depth -= 1
      if (name === 'title') inTitle = false
    },
    ontext: (text) => { if (inTitle) title += text },
  }, { decodeEntities: true, lowerCaseTags: true })
  parser.end(html.slice(0, headLength))
  return { ...named, ...(title.trim() === '' ? {} : { title }) }
}
