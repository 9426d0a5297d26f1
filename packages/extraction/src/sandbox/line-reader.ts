/**
 * Cuts bytes into lines of UTF-8. `onTooMuch` is called once when more than `maxBytes` came in all, and nothing is kept or given on after it,
 * so that a flood costs no memory here.
 */
export function createLineReader(maxBytes: number, onLine: (line: string) => void, onTooMuch: () => void): (chunk: Buffer) => void {
  let received = 0
  let rest: Buffer[] = []
  return (chunk) => {
    if (received > maxBytes) return
    received += chunk.length
    if (received > maxBytes) {
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
  }
}
