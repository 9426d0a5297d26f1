import { Readable } from 'node:stream'

/** Bytes by which it is told what a file is. */
const HEAD_BYTES = 64 * 1024

/** The same bytes, which fail before the first of them where they begin as nothing that is wanted: then nothing of them is stored. */
export function looked(source: Readable, mayBeWanted: (head: Buffer) => boolean): { readonly bytes: Readable; readonly isRefused: () => boolean } {
  let refused = false
  async function* passed(): AsyncGenerator<Buffer> {
    const held: Buffer[] = []
    let [size, known] = [0, false]
    const look = (): Buffer => {
      const head = Buffer.concat(held)
      refused = !mayBeWanted(head)
      if (refused) throw new Error('a file begins as nothing that is wanted')
      known = true
      return head
    }
    for await (const chunk of source as AsyncIterable<Buffer>) {
      if (known) yield chunk
      else {
        held.push(chunk)
        size += chunk.length
        if (size >= HEAD_BYTES) yield look()
      }
    }
    if (!known && size > 0) yield look()
  }
  return { bytes: Readable.from(passed(), { objectMode: false }), isRefused: () => refused }
}
