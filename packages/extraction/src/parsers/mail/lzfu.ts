import { ExtractionError } from '../../errors.ts'

/** What every compressed text of Outlook may refer back to before it said anything ([MS-OXRTFCP] 2.1.3.1.4). */
const known = '{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier' +
  '{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx'
const [compressed, stored] = [0x75465a4c, 0x414c454d]
const windowBytes = 4_096
const headBytes = 16

/** Text in Rich Text Format as Outlook keeps it. @throws ExtractionError `corrupt`, `output_limit` */
export function decompressRtf(bytes: Buffer, maxBytes: number): Buffer {
  if (bytes.length < headBytes) throw new ExtractionError('corrupt', 'a compressed text is cut')
  const [size, kind] = [bytes.readUInt32LE(4), bytes.readUInt32LE(8)]
  if (kind === stored) return bytes.subarray(headBytes, headBytes + size)
  if (kind !== compressed) throw new ExtractionError('corrupt', 'a text is compressed in an unknown way')
  if (size > maxBytes) throw new ExtractionError('output_limit', `a text of ${size} bytes`)
  // A size that is said is not believed: two bytes of a reference make seventeen of text at most.
  const out = Buffer.alloc(Math.min(size, bytes.length * 9))
  const window = Buffer.alloc(windowBytes)
  let [length, put] = [0, window.write(known, 'latin1')]
  const say = (byte: number) => {
    out[length] = byte
    length += 1
    window[put] = byte
    put = (put + 1) % windowBytes
  }
  for (let at = headBytes; at < bytes.length && length < out.length;) {
    const marks = bytes.readUInt8(at)
    at += 1
    for (let bit = 0; bit < 8 && at < bytes.length && length < out.length; bit += 1) {
      const isReference = (marks & (1 << bit)) !== 0
      if (!isReference) say(bytes.readUInt8(at))
      else {
        const reference = at + 2 > bytes.length ? put << 4 : bytes.readUInt16BE(at)
        const from = reference >> 4
        // A reference to the place where the next byte goes is the end.
        if (from === put) return out.subarray(0, length)
        for (let index = 0; index < (reference & 15) + 2 && length < out.length; index += 1) say(window.readUInt8((from + index) % windowBytes))
      }
      at += isReference ? 2 : 1
    }
  }
  return out.subarray(0, length)
}
