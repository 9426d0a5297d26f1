import { emitText } from '../emit-text.ts'
import type { ParserInput } from '../parser.types.ts'
import { createFlow } from './flow.ts'
import { marginTexts, walkOdf } from './odf.ts'
import { listsOf, withOdf } from './odf-package.ts'

/** An OpenDocument text has no pages of its own. Order: headers, body with its notes, footers. */
export async function parse(input: ParserInput): Promise<void> {
  await withOdf(input, (zip, content) => {
    const flow = createFlow()
    walkOdf(content, { flow, lists: listsOf(zip, content) })
    const { headers, footers } = zip.has('styles.xml') ? marginTexts(zip.read('styles.xml')) : { headers: [], footers: [] }
    emitText(input, [...headers, flow.text(), ...footers].join('\n\n'))
  })
}
