import type { Zip } from '../../archive/zip.ts'
import { partsOf } from './package.ts'
import type { Bullets } from './slide-lists.ts'
import { asRead } from './slide-order.ts'
import { shapesOf, type Placeholder, type Shape } from './slide-shapes.ts'
import { bodyBullets } from './slide-master.ts'

/** What slides have of their layout: where its placeholders stand and how their paragraphs are marked, those of the layout before those of the master. */
type Layout = { readonly layout: readonly Shape[]; readonly master: readonly Shape[]; readonly body: Bullets }

/** Reads the slides of one file; layouts are read once. */
export function createSlideReader(zip: Zip): (slide: string) => string {
  const layouts = new Map<string, Layout>()
  const layoutOf = (slide: string): Layout => {
    const [part] = partsOf(zip, slide, ['slideLayout'])
    if (part === undefined) return { layout: [], master: [], body: new Map() }
    const known = layouts.get(part) ?? readLayout(zip, part)
    layouts.set(part, known)
    return known
  }
  return (slide) => slideText(zip.read(slide), layoutOf(slide))
}

function readLayout(zip: Zip, part: string): Layout {
  const [master] = partsOf(zip, part, ['slideMaster'])
  const placesIn = (of: string) => shapesOf(zip.read(of), () => []).filter(({ placeholder }) => placeholder !== null)
  return { layout: placesIn(part), master: master === undefined ? [] : placesIn(master), body: master === undefined ? new Map() : bodyBullets(zip.read(master)) }
}

const isTitle = (placeholder: Placeholder | null): boolean => placeholder?.type === 'title' || placeholder?.type === 'ctrTitle'
/** Text of a slide goes into these; what is for anything else (a date, a footer) is not marked as text is. */
const isBody = ({ type }: Placeholder): boolean => type === null || type === 'body' || type === 'obj'

/** The places that a placeholder fills, of the layout by its number, where it has one, and of the master by its type. */
function placesOf({ type, idx }: Placeholder, { layout, master }: Layout): Shape[] {
  const kind = (of: Placeholder | null) => (of?.type === 'ctrTitle' ? 'title' : of?.type ?? 'body')
  const ofType = (shapes: readonly Shape[]) => shapes.find(({ placeholder }) => kind(placeholder) === kind({ type, idx }))
  return [idx === null ? ofType(layout) : layout.find(({ placeholder }) => placeholder?.idx === idx), ofType(master)].filter((shape) => shape !== undefined)
}

function slideText(xml: Buffer, of: Layout): string {
  const inherited = (placeholder: Placeholder) => [...placesOf(placeholder, of).map(({ bullets }) => bullets), ...(isBody(placeholder) ? [of.body] : [])]
  const shapes = shapesOf(xml, inherited).filter(({ text }) => text !== '').map((shape) => {
    const { placeholder } = shape
    const [kept = null] = placeholder === null ? [] : placesOf(placeholder, of).flatMap(({ area }) => area ?? [])
    return { ...shape, area: shape.area ?? kept }
  })
  const titles = shapes.filter(({ placeholder }) => isTitle(placeholder))
  const others = asRead(shapes.filter(({ placeholder }) => !isTitle(placeholder)))
  const lines = (some: readonly Shape[]) => some.map(({ text }) => text).join('\n')
  return [lines(titles), lines(others)].filter((text) => text !== '').join('\n\n')
}
