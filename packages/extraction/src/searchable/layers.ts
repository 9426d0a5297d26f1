import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { unpackBoxes, type WordBox } from '../layout/word-boxes.ts'
import type { RecognizedWords } from '../types.ts'

/** The words of one page, as a line of JSON. */
export const layerLine = ({ number, text, boxes }: RecognizedWords): string => `${JSON.stringify({ number, text, boxes: Buffer.from(boxes).toString('base64') })}\n`

export type Layer = { readonly number: number; readonly text: string; readonly boxes: readonly WordBox[] }

/** The pages of a file that `layerLine` wrote, one at a time, in the order in which they stand there. */
export async function* readLayers(path: string): AsyncGenerator<Layer> {
  for await (const json of createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY })) {
    const { number, text, boxes } = JSON.parse(json) as { number: number; text: string; boxes: string }
    yield { number, text, boxes: unpackBoxes(Buffer.from(boxes, 'base64')) }
  }
}
