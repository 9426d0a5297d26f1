export type LineReader = {
  push(chunk: Buffer): void
  /** Counts from 0 again, up to `maxBytes`. */
  restart(maxBytes: number): void
}

/**
 * Cuts bytes into lines of UTF-8. `onTooMuch` is called once when more than `maxBytes` came in all, and nothing is kept or given on after it,
 * so that a flood costs no memory here.
 */
export function createLineReader(maxBytes: number, onLine: (line: string) => void, onTooMuch: () => void): LineReader {
  let most = maxBytes
  let received = 0
  let rest: Buffer[] = []
  return {
    restart: (bytes) => {
      most = bytes
      received = 0
    },
    push: (chunk) => {
      if (received > most) return
      received += chunk.length
      if (received > most) {
        rest = []
        return onTooMuch()
      }
      let from = 0
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
        const line = Buffer.concat([...rest, chunk.subarray(from, end)]).toString('utf8')
        rest = []
        from = end + 1
        if (line !== '') onLine(line)
      }
      if (from < chunk.length) rest.push(chunk.subarray(from))
    },
  }
}
