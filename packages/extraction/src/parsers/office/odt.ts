import { emitText } from '../emit-text.ts'
import type { ParserInput } from '../parser.types.ts'
import { createFlow } from './flow.ts'
import { marginTexts, walkOdf } from './odf.ts'
import { listsOf, objectText, withOdf } from './odf-package.ts'

/** An OpenDocument text has no pages of its own. Order: headers, body with its notes, footers, charts and objects. */
export async function parse(input: ParserInput): Promise<void> {
  await withOdf(input, (zip, content) => {
    const flow = createFlow()
    const objects = new Set<string>()
    walkOdf(content, { flow, lists: listsOf(zip, content) }, { onObject: (folder) => { objects.add(folder) } })
    const { headers, footers } = zip.has('styles.xml') ? marginTexts(zip.read('styles.xml')) : { headers: [], footers: [] }
    emitText(input, [...headers, flow.text(), ...footers, ...[...objects].map((folder) => objectText(zip, folder))].join('\n\n'))
  })
}
