const NEWLINE = 0x0a
/** Longer than any line that is written: a file may be anything. */
const MAX_BYTES = 64 * 1024 * 1024
/** What no line of an export is; whoever verifies stops here. */
const UNREADABLE = ''

/** The lines of a stream of bytes, split at line feeds alone: a name may hold characters that other readers take for the end of a line. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const decoded = (bytes: Uint8Array): string => {
    try {
      return decoder.decode(bytes)
    } catch {
      return UNREADABLE
    }
  }
  let pieces: Uint8Array[] = []
  let held = 0
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      yield decoded(Buffer.concat([...pieces, chunk.subarray(from, end)]))
      ;[pieces, held, from] = [[], 0, end + 1]
    }
    const rest = chunk.subarray(from)
    pieces.push(rest)
    held += rest.length
    if (held > MAX_BYTES) return yield UNREADABLE
  }
  if (held > 0) yield decoded(Buffer.concat(pieces))
}
