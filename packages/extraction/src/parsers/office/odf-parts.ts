import type { WarningReason } from '@intellidocs/contracts'
import { ExtractionError } from '../../errors.ts'
import { cleanText } from '../../text/clean.ts'
import type { ParserInput } from '../parser.types.ts'
import { createTextBudget } from './budget.ts'
import { createFlow } from './flow.ts'
import { walkOdf } from './odf.ts'
import { listsOf, objectText, withOdf } from './odf-package.ts'
import { sheetTitle } from './xlsx-book.ts'
import { walkXml } from './xml.ts'

/** Styles of sheets that are not shown. */
function hiddenStyles(content: Buffer): Set<string> {
  const hidden = new Set<string>()
  let style = ''
  walkXml(content, {
    open: (name, attributes) => {
      if (name === 'style') style = attributes['name'] ?? ''
      if (name === 'table-properties' && attributes['display'] === 'false') hidden.add(style)
    },
  })
  return hidden
}

/** Reads a file whose pages are parts of its content: sheets (`table`, with their names) or slides (`page`). */
export async function parseParts(input: ParserInput, part: 'table' | 'page'): Promise<void> {
  await withOdf(input, (zip, content) => {
    const budget = createTextBudget(input.limits.outputBytes)
    const pages: { text: string; warnings: WarningReason[] }[] = []
    // Tables within a slide or a cell are no page of their own, so only the outermost part counts.
    let depth = 0
    let name = ''
    let warning: WarningReason | null = null
    /** Of the open slide. A chart of a sheet shows what stands in its cells. */
    const objects = new Set<string>()
    // The number of a slide is never in the file: what stands for it is `<number>`, which nobody sees.
    const into = { flow: createFlow(), lists: listsOf(zip, content), mute: part === 'page' ? 'page-number' : 'object' }
    const hidden = part === 'table' ? hiddenStyles(content) : new Set<string>()
    walkOdf(content, into, {
      onPart: (kind, attributes) => {
        if (kind !== part) return
        depth += 1
        if (depth > 1) return
        const isHidden = hidden.has(attributes['style-name'] ?? '')
        warning = isHidden ? 'hidden_sheet' : null
        objects.clear()
        name = part === 'table' ? sheetTitle({ name: attributes['name'] ?? '', hidden: isHidden }) : ''
        into.flow = createFlow()
      },
      onPartEnd: (kind) => {
        if (kind !== part) return
        depth -= 1
        if (depth > 0) return
        const text = cleanText(budget.take([name, into.flow.text(), ...[...objects].map((folder) => objectText(zip, folder))].filter((words) => words.trim() !== '').join('\n')))
        // A picture matters where there is nothing else.
        pages.push({ text, warnings: warning === null || (warning === 'pictures_unread' && text !== '') ? [] : [warning] })
      },
      onPicture: () => { warning ??= 'pictures_unread' },
      onObject: (folder) => { objects.add(folder) },
    })
    if (pages.length === 0) throw new ExtractionError('corrupt', `the file has no ${part}`, { mime: input.mime })
    input.total(pages.length)
    for (const { text, warnings } of pages) input.page(text, { warnings })
  })
}
