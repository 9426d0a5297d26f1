import { writeSync } from 'node:fs'
import { deflateSync } from 'node:zlib'

/** Writes the objects of a PDF (ISO 32000-1) to an open file as they come, so that no more than one of them is in memory. */
export class PdfWriter {
  readonly #fd: number
  readonly #offsets: number[] = []
  #written = 0

  constructor(fd: number) {
    this.#fd = fd
    // Bytes over 127, so that nobody takes it for text.
    this.#write(Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1'))
  }

  /** A number for an object that is written later. */
  reserve(): number {
    this.#offsets.push(0)
    return this.#offsets.length
  }

  object(body: string, number = this.reserve()): number {
    this.#begin(number)
    this.#write(Buffer.from(`${body}\nendobj\n`, 'latin1'))
    return number
  }

  /** `entries` say how the bytes are packed. */
  stream(entries: string, bytes: Buffer): number {
    const number = this.reserve()
    this.#begin(number)
    this.#write(Buffer.from(`<< ${entries} /Length ${bytes.length} >>\nstream\n`, 'latin1'))
    this.#write(bytes)
    this.#write(Buffer.from('\nendstream\nendobj\n', 'latin1'))
    return number
  }

  deflated(entries: string, bytes: Buffer): number {
    return this.stream(`${entries} /Filter /FlateDecode`, deflateSync(bytes))
  }

  /** The table of all objects, and where it stands. */
  end({ root, info, id }: { root: number; info: number; id: string }): void {
    const table = this.#written
    const rows = this.#offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`)
    const size = rows.length + 1
    this.#write(Buffer.from(`xref\n0 ${size}\n0000000000 65535 f \n${rows.join('')}trailer\n<< /Size ${size} /Root ${root} 0 R /Info ${info} 0 R /ID [<${id}> <${id}>] >>\nstartxref\n${table}\n%%EOF\n`, 'latin1'))
  }

  #begin(number: number): void {
    this.#offsets[number - 1] = this.#written
    this.#write(Buffer.from(`${number} 0 obj\n`, 'latin1'))
  }

  #write(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) at += writeSync(this.#fd, bytes, at)
    this.#written += bytes.length
  }
}
