import { createFlow } from './flow.ts'
import { bulletIn, createSlideMarks, type Bullet, type Bullets } from './slide-lists.ts'
import { walkXml } from './xml.ts'

/** Where a shape stands, in units of the file, from the top and from the left. */
export type Area = { left: number; top: number; right: number; bottom: number }

/** A place that a layout keeps for something; `type` null where it is for anything. */
export type Placeholder = { type: string | null; idx: string | null }

/** What stands on a slide (a group of shapes is one): its text and, where it fills a placeholder, which. `area` null: where the layout has that. */
export type Shape = { placeholder: Placeholder | null; area: Area | null; bullets: Bullets; text: string }

/** What a placeholder has of the layout, the nearest first. */
export type Inherited = (placeholder: Placeholder) => readonly Bullets[]

const shapes = new Set(['sp', 'graphicFrame', 'grpSp', 'pic', 'cxnSp'])
/** The second copy of a shape for old readers. */
const silent = new Set(['Fallback', 'rPh'])
const levelName = /^lvl([1-9])pPr$/

/** The shapes of a slide, a layout or a master in the order of the file. Paragraphs as lines behind their marks, cells by tabs. */
export function shapesOf(xml: Buffer, inherited: Inherited): Shape[] {
  const found: Shape[] = []
  let [silence, depth, words, cells, level, isNumber] = [0, 0, 0, 0, -1, false]
  let shape: Shape | null = null
  let reader = createShapeReader([])
  walkXml(xml, {
    open: (name, attributes) => {
      if (silent.has(name)) silence += 1
      if (silence > 0) return
      if (shapes.has(name) && ++depth === 1) {
        shape = { placeholder: null, area: null, bullets: new Map(), text: '' }
        reader = createShapeReader([shape.bullets])
      }
      if (shape === null) return
      const listLevel = levelName.exec(name)
      if (listLevel !== null) level = Number(listLevel[1]) - 1
      if (name === 'ph') {
        shape.placeholder ??= { type: attributes['type'] ?? null, idx: attributes['idx'] ?? null }
        if (depth === 1) reader = createShapeReader([shape.bullets, ...inherited(shape.placeholder)])
      } else if (name === 'off' || name === 'ext') place(shape, name, attributes)
      else if (name === 'fld') isNumber = attributes['type'] === 'slidenum'
      else if (name === 't') words += 1
      else if (name === 'tc') cells += 1
      else if (name === 'tab') reader.add('\t')
      else if (name === 'br') reader.add('\n')
      else if (name === 'p') reader.paragraph()
      else if (name === 'pPr') reader.level(Number(attributes['lvl'] ?? 0) || 0)
      const bullet = bulletIn(name, attributes)
      if (bullet === undefined) return
      if (level >= 0) shape.bullets.set(level, bullet)
      else reader.bullet(bullet)
    },
    close: (name) => {
      if (silent.has(name)) silence = Math.max(0, silence - 1)
      else if (silence > 0) return
      if (levelName.test(name)) level = -1
      else if (name === 'fld') isNumber = false
      else if (name === 't') words = Math.max(0, words - 1)
      else if (name === 'p') reader.end({ inCell: cells > 0 })
      else if (name === 'tr') reader.row()
      else if (name === 'tc') {
        cells = Math.max(0, cells - 1)
        reader.cell()
      } else if (shapes.has(name) && --depth === 0 && shape !== null) {
        found.push({ ...shape, text: reader.text() })
        shape = null
      }
    },
    text: (text) => {
      if (silence === 0 && words > 0 && !isNumber) reader.add(text)
    },
  })
  return found
}

/** The first offset and extent in a shape are its own. */
function place(shape: Shape, name: string, attributes: Record<string, string>): void {
  const number = (key: string) => Number(attributes[key])
  if (name === 'off' && shape.area === null) shape.area = { left: number('x'), top: number('y'), right: NaN, bottom: NaN }
  else if (name === 'ext' && attributes['cx'] !== undefined && shape.area !== null && Number.isNaN(shape.area.right)) {
    shape.area = { ...shape.area, right: shape.area.left + number('cx'), bottom: shape.area.top + number('cy') }
  }
}

/** Collects the text of a shape. `bullets` are those that its paragraphs have where they say nothing themselves, the nearest first. */
function createShapeReader(bullets: readonly Bullets[]) {
  const flow = createFlow()
  const marks = createSlideMarks()
  let [level, isBegun] = [0, true]
  let own: Bullet | undefined
  return {
    paragraph: () => { [level, own, isBegun] = [0, undefined, false] },
    level: (to: number) => { level = Math.min(8, Math.max(0, to)) },
    bullet: (bullet: Bullet) => { own = bullet },
    /** The mark comes with the first word, so that an empty paragraph has none and is not counted. */
    add(text: string) {
      if (!isBegun && text.trim() !== '') {
        isBegun = true
        const mark = marks(own ?? bullets.map((of) => of.get(level)).find((of) => of !== undefined), level)
        if (mark !== '') flow.add(`${mark} `)
      }
      flow.add(text)
    },
    end: ({ inCell }: { inCell: boolean }) => (inCell ? flow.add(' ') : flow.paragraph()),
    cell: () => flow.cell(),
    row: () => flow.row(),
    text: () => flow.text().replace(/\n{2,}/g, '\n').trim(),
  }
}
