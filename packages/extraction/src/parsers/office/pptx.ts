import type { Zip } from '../../archive/zip.ts'
import { ExtractionError } from '../../errors.ts'
import type { ParserInput } from '../parser.types.ts'
import { createTextBudget } from './budget.ts'
import { chartText } from './charts.ts'
import { drawingText } from './drawing.ts'
import { mainPart, partsOf, relationsOf, tellCoreFacts, withPackage } from './package.ts'
import { createSlideReader } from './slide.ts'
import { walkXml } from './xml.ts'

/** The slides in the order of the show, null for one that is not in the file; in the order of their names where the presentation does not say. */
function slidesOf(zip: Zip, main: string): (string | null)[] {
  const byId = new Map(
    relationsOf(zip, main)
      .filter(({ type }) => type === 'slide')
      .map(({ id, target }) => [id, target]),
  )
  const slides: (string | null)[] = []
  if (zip.has(main)) {
    walkXml(zip.read(main), {
      // Both `id` and `r:id` stand here; the latter is told by its value.
      open: (name, attributes) => {
        if (name !== 'sldId') return
        const part = Object.values(attributes)
          .map((value) => byId.get(value))
          .find((target) => target !== undefined)
        slides.push(part !== undefined && zip.has(part) ? part : null)
      },
    })
  }
  if (slides.some((slide) => slide !== null)) return slides
  const number = (name: string) => Number(/(\d+)\.xml$/.exec(name)?.[1] ?? 0)
  return zip.names.filter((name) => /^ppt\/slides\/slide\d+\.xml$/.test(name)).toSorted((a, b) => number(a) - number(b))
}

/** A page a slide: its title, what else is on it, its charts and diagrams, its notes and comments. */
export async function parse(input: ParserInput): Promise<void> {
  await withPackage(input, (zip) => {
    tellCoreFacts(input, zip)
    const slides = slidesOf(zip, mainPart(zip, 'ppt/presentation.xml'))
    if (slides.length === 0) throw new ExtractionError('corrupt', 'the presentation has no slide', { mime: input.mime })
    input.total(slides.length)
    const budget = createTextBudget(input.limits.outputBytes)
    const slideText = createSlideReader(zip)
    for (const slide of slides) {
      if (slide === null) {
        input.page('', { warnings: ['corrupt'] })
        continue
      }
      const beside = (types: readonly string[]) => partsOf(zip, slide, types).map((part) => drawingText(zip.read(part)))
      const charts = partsOf(zip, slide, ['chart']).map((part) => chartText(zip.read(part)))
      const text = [slideText(slide), ...charts, ...beside(['chartEx', 'diagramData']), ...beside(['notesSlide']), ...beside(['comments'])]
        .map((words) => budget.take(words))
        .filter((words) => words !== '')
        .join('\n\n')
      input.page(text, { warnings: text === '' && partsOf(zip, slide, ['image']).length > 0 ? ['pictures_unread'] : [] })
    }
  })
}
