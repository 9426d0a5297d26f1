/** A file of an archive. */
export type Packed = { readonly name: string; readonly bytes: Buffer }

const block = 512

/** A tar archive (ustar), with the same time for all. */
export function tar(files: readonly Packed[]): Buffer {
  const entries = files.map(({ name, bytes }) => {
    const header = Buffer.alloc(block)
    header.write(name, 0, 100)
    header.write('0000644\u00000000000\u00000000000\u0000', 100, 'latin1')
    header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124, 'latin1')
    header.write('15133260000\0', 136, 'latin1')
    header.write('        0', 148, 'latin1')
    header.write('ustar\u000000', 257, 'latin1')
    header.write(`${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
    return Buffer.concat([header, bytes, Buffer.alloc((block - (bytes.length % block)) % block)])
  })
  return Buffer.concat([...entries, Buffer.alloc(block * 2)])
}

/** A mailbox of messages (RFC 4155). */
export const mbox = (messages: readonly Buffer[]): Buffer => Buffer.concat(messages.flatMap((message) => [Buffer.from('From quay@lighthaven.example Tue Jan 20 12:00:00 2026\n'), message, Buffer.from('\n\n')]))

/** A Windows bitmap of 256 greys, from a byte a pixel, rows from the top. */
export function bmp({ width, height, data }: { width: number; height: number; data: Buffer }): Buffer {
  const row = Math.ceil(width / 4) * 4
  const [start, colours] = [54 + 256 * 4, 256]
  const bytes = Buffer.alloc(start + row * height)
  bytes.write('BM', 'latin1')
  ;[bytes.length, 0, start, 40, width, height, 1 | (8 << 16), 0, row * height, 2_835, 2_835, colours, 0].forEach((value, index) => bytes.writeUInt32LE(value, 2 + index * 4))
  for (let grey = 0; grey < colours; grey += 1) bytes.fill(grey, 54 + grey * 4, 54 + grey * 4 + 3)
  for (let y = 0; y < height; y += 1) data.copy(bytes, start + (height - 1 - y) * row, y * width, (y + 1) * width)
  return bytes
}
