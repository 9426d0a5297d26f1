import { ExtractionError } from '../errors.ts'

/** What the head of a Windows bitmap says. `top`: the first row is the upper one. */
export type BmpHead = { width: number; height: number; top: boolean; bits: number; compression: number; headerBytes: number; pixels: number; colours: number }

const mime = 'image/bmp'
const headerSizes = new Set([12, 40, 52, 56, 64, 108, 124])
const compressions = { none: 0, runs8: 1, runs4: 2, masks: 3, masksWithAlpha: 6 }
const corrupt = (message: string) => new ExtractionError('corrupt', message, { mime })

export function isBmp(head: Buffer): boolean {
  return head.length >= 26 && head.toString('latin1', 0, 2) === 'BM' && headerSizes.has(head.readUInt32LE(14))
}

/** Reads the head of a bitmap. @throws ExtractionError `corrupt`, `unsupported_type` (another picture in the clothes of a bitmap) */
export function readBmpHead(bytes: Buffer): BmpHead {
  if (!isBmp(bytes)) throw corrupt('no bitmap')
  const [pixels, headerBytes] = [bytes.readUInt32LE(10), bytes.readUInt32LE(14)]
  const old = headerBytes === 12
  if (!old && bytes.length < 54) throw corrupt('the head of the bitmap is cut')
  const [width, tall, bits] = old ? [bytes.readUInt16LE(18), bytes.readUInt16LE(20), bytes.readUInt16LE(24)] : [bytes.readInt32LE(18), bytes.readInt32LE(22), bytes.readUInt16LE(28)]
  const [compression, colours] = old ? [0, 0] : [bytes.readUInt32LE(30), bytes.readUInt32LE(46)]
  if (!(width > 0) || tall === 0 || ![1, 4, 8, 16, 24, 32].includes(bits)) throw corrupt(`a bitmap of ${width} x ${tall} pixels of ${bits} bits`)
  if (!Object.values(compressions).includes(compression)) throw new ExtractionError('unsupported_type', `a bitmap compressed in way ${compression}`, { mime })
  return { width, height: Math.abs(tall), top: tall < 0, bits, compression, headerBytes, pixels, colours }
}

type Rgb = readonly [red: number, green: number, blue: number]

function paletteOf(bytes: Buffer, { bits, headerBytes, colours, pixels }: BmpHead): Rgb[] {
  if (bits > 8) return []
  const size = headerBytes === 12 ? 3 : 4
  const from = 14 + headerBytes
  const room = Math.floor((Math.min(bytes.length, Math.max(from, pixels)) - from) / size)
  return Array.from({ length: Math.min(colours || 1 << bits, 1 << bits, Math.max(0, room)) }, (_, index): Rgb => {
    const at = from + index * size
    return [bytes.readUInt8(at + 2), bytes.readUInt8(at + 1), bytes.readUInt8(at)]
  })
}

/** How to take one channel out of a pixel: its bits moved down and stretched to 0–255. */
function channel(mask: number): (pixel: number) => number {
  if (mask === 0) return () => 0
  const shift = 31 - Math.clz32(mask & -mask)
  const most = mask >>> shift
  return (pixel) => Math.round((((pixel & mask) >>> shift) / most) * 255)
}

function channelsOf(bytes: Buffer, { bits, compression }: BmpHead): ((pixel: number) => number)[] {
  const masked = compression === compressions.masks || compression === compressions.masksWithAlpha
  if (masked && bytes.length >= 66) return [54, 58, 62].map((at) => channel(bytes.readUInt32LE(at)))
  return (bits === 16 ? [0x7c00, 0x03e0, 0x001f] : [0xff0000, 0xff00, 0xff]).map(channel)
}

/** Indexes of colours, a byte each, of a bitmap of runs; rows from below. What runs do not reach is the first colour. */
function unpackRuns(bytes: Buffer, { width, height, pixels, compression }: BmpHead): Buffer {
  const out = Buffer.alloc(width * height)
  const half = compression === compressions.runs4
  let [x, y] = [0, 0]
  const put = (index: number) => {
    if (x < width && y < height) out[y * width + x] = index
    x += 1
  }
  for (let at = pixels; at + 2 <= bytes.length && y < height;) {
    const [count, value] = [bytes.readUInt8(at), bytes.readUInt8(at + 1)]
    at += 2
    if (count > 0) {
      for (let index = 0; index < count; index += 1) put(half ? (index % 2 === 0 ? value >> 4 : value & 15) : value)
    } else if (value === 0) [x, y] = [0, y + 1]
    else if (value === 1) break
    else if (value === 2) {
      if (at + 2 > bytes.length) break
      x += bytes.readUInt8(at)
      y += bytes.readUInt8(at + 1)
      at += 2
    } else {
      const size = half ? Math.ceil(value / 2) : value
      for (let index = 0; index < value; index += 1) {
        const byte = bytes[at + (half ? index >> 1 : index)] ?? 0
        put(half ? (index % 2 === 0 ? byte >> 4 : byte & 15) : byte)
      }
      at += size + (size % 2)
    }
  }
  return out
}

/** Decodes a bitmap to three bytes a pixel, red first, rows from the top. Rows that a cut file does not have are white. @throws as `readBmpHead` */
export function decodeBmp(bytes: Buffer): { width: number; height: number; data: Buffer } {
  const head = readBmpHead(bytes)
  const { width, height, bits } = head
  const palette = paletteOf(bytes, head)
  const runs = head.compression === compressions.runs8 || head.compression === compressions.runs4 ? unpackRuns(bytes, head) : null
  const [source, rowBytes, from] = runs === null ? [bytes, Math.ceil((width * bits) / 32) * 4, head.pixels] : [runs, width, 0]
  const [red, green, blue] = channelsOf(bytes, head)
  const data = Buffer.alloc(width * height * 3, 0xff)
  const depth = runs === null ? bits : 8
  for (let row = 0; row < height; row += 1) {
    const line = source.subarray(from + row * rowBytes, from + (row + 1) * rowBytes)
    if (line.length < Math.ceil((width * depth) / 8)) break
    let to = (head.top ? row : height - 1 - row) * width * 3
    for (let x = 0; x < width; x += 1, to += 3) {
      if (depth <= 8) {
        const index = ((line[(x * depth) >> 3] ?? 0) >> (8 - depth - ((x * depth) & 7))) & ((1 << depth) - 1)
        const [r, g, b] = palette[index] ?? [0, 0, 0]
        data[to] = r
        data[to + 1] = g
        data[to + 2] = b
      } else if (depth === 24) {
        data[to] = line[x * 3 + 2] ?? 0
        data[to + 1] = line[x * 3 + 1] ?? 0
        data[to + 2] = line[x * 3] ?? 0
      } else {
        const pixel = depth === 16 ? line.readUInt16LE(x * 2) : line.readUInt32LE(x * 4)
        data[to] = red?.(pixel) ?? 0
        data[to + 1] = green?.(pixel) ?? 0
        data[to + 2] = blue?.(pixel) ?? 0
      }
    }
  }
  return { width, height, data }
}
