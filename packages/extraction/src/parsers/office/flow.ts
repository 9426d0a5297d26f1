import { createLineBuffer, type LineBuffer } from '../../text/line-buffer.ts'

/**
 * Collects running text with paragraphs, tables and things that float (text boxes, notes): what floats inside a paragraph comes after it,
 * so that it does not cut a sentence in two.
 */
export type Flow = {
  add(text: string): void
  /** The character before the place where text goes now; '' at the start of a line. */
  last(): string
  paragraph(): void
  /** An empty line, unless one is there: before and after a heading. */
  gap(): void
  cell(): void
  row(): void
  /** Everything until `land` comes after the paragraph that is open now. */
  float(): void
  land(): void
  text(): string
}

type Layer = { buffer: LineBuffer; floating: string[] }

export function createFlow(): Flow {
  const bottom: Layer = { buffer: createLineBuffer(), floating: [] }
  const layers: Layer[] = [bottom]
  const top = (): Layer => layers.at(-1) ?? bottom
  const settle = (layer: Layer) => {
    for (const text of layer.floating.splice(0)) {
      if (text.trim() === '') continue
      layer.buffer.fresh(false)
      layer.buffer.add(text.trim())
      layer.buffer.end()
    }
  }
  const land = () => {
    const layer = layers.length > 1 ? layers.pop() : undefined
    if (layer === undefined) return
    settle(layer)
    top().floating.push(layer.buffer.text())
  }
  return {
    add: (text) => top().buffer.add(text),
    last: () => top().buffer.open().slice(-1),
    paragraph: () => {
      const layer = top()
      layer.buffer.end()
      settle(layer)
    },
    gap: () => top().buffer.fresh(true),
    cell: () => {
      const { buffer } = top()
      buffer.setOpen(`${buffer.open().trimEnd()}\t`)
    },
    row: () => {
      const layer = top()
      layer.buffer.end()
      settle(layer)
    },
    float: () => { layers.push({ buffer: createLineBuffer(), floating: [] }) },
    land,
    text: () => {
      while (layers.length > 1) land()
      settle(bottom)
      return bottom.buffer.text()
    },
  }
}
