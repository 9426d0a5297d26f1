import type { RawFacts } from '../../text/facts.ts'
import { walkXml } from './xml.ts'

const longest = 10_000

/** The texts of the elements of these names, in their order; names come without prefix. */
export function fieldsOf(xml: Buffer, names: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>()
  let inside: string | null = null
  let words = ''
  walkXml(xml, {
    open: (name) => {
      if (!names.includes(name)) return
      inside = name
      words = ''
    },
    close: (name) => {
      if (name !== inside) return
      found.set(name, [...(found.get(name) ?? []).slice(0, 99), words])
      inside = null
    },
    text: (text) => { if (inside !== null && words.length < longest) words += text },
  })
  return found
}

/** Several people, as one line. */
export const together = (people: readonly string[] | undefined): string | undefined => people?.map((person) => person.trim()).filter((person) => person !== '').join(', ')

/** What the core properties of an Office file say ([ECMA-376] part 2, and Dublin Core elsewhere). */
export function coreFacts(xml: Buffer): RawFacts {
  const fields = fieldsOf(xml, ['title', 'creator', 'created', 'modified'])
  return { title: fields.get('title')?.[0], author: together(fields.get('creator')), createdAt: fields.get('created')?.[0], modifiedAt: fields.get('modified')?.[0] }
}

/** What `meta.xml` of an OpenDocument file says; `creator` there is who changed it last. */
export function odfFacts(xml: Buffer): RawFacts {
  const fields = fieldsOf(xml, ['title', 'initial-creator', 'creator', 'creation-date', 'date'])
  return {
    title: fields.get('title')?.[0], author: fields.get('initial-creator')?.[0] ?? fields.get('creator')?.[0], createdAt: fields.get('creation-date')?.[0],
    modifiedAt: fields.get('date')?.[0],
  }
}
