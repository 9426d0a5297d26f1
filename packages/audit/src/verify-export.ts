import { createHash } from 'node:crypto'
import { endText, exportLine, type ExportEnd, type ExportHeader, type ExportLine, type SealLine } from './export-lines.ts'
import { hashOfRow } from './row.ts'
import { hashOfSeal } from './seal.ts'
import { isKeyOf, signedBy, verifyCheckpoint, type Checkpoint } from './signing.ts'

export type ExportReport = {
  readonly ok: boolean
  readonly org: string | null
  /** False: the export was filtered, so that nobody can tell from it whether rows are missing. */
  readonly complete: boolean
  /** Rows that are as they were sealed. */
  readonly rows: number
  readonly last: number
  /** Signed checkpoints on the way that a known key made. */
  readonly checkpoints: number
  readonly keyId: string | null
  /** The first number that is not as it was sealed; null where no single one can be named. */
  readonly broken: { readonly seq: number | null; readonly problem: string } | null
}

/** The first thing that is wrong ends the reading. */
class Broken extends Error {
  readonly seq: number | null
  constructor(seq: number | null, problem: string) {
    super(problem)
    this.seq = seq
  }
}

type Options = {
  /** Public keys that are trusted (base64url). Without any, the one in the file is believed, which proves only that the file fits itself. */
  readonly keys: readonly string[]
  readonly onRow?: (rows: number) => void
  /** Each row that is as it was sealed, by its number; proven, with all the rest, once the report says so. */
  readonly onLine?: (seq: number, line: string) => void
  /** Each seal that fits itself and the one before; proven, with all the rest, once the report says so. */
  readonly onSeal?: (seal: SealLine) => void
}

/**
 * Verifies an export line by line with nothing but itself and the public key; memory does not grow with it. Names the first broken number after
 * a change, a deletion, a reordering or a truncation. Never throws for what is in the file.
 */
export async function verifyExport(lines: AsyncIterable<string>, options: Options): Promise<ExportReport> {
  const reading = new Reading(options)
  try {
    for await (const line of lines) reading.take(line)
    reading.finish()
    return reading.report(null)
  } catch (error) {
    if (!(error instanceof Broken)) throw error
    return reading.report({ seq: error.seq, problem: error.message })
  }
}

class Reading {
  readonly #options: Options
  readonly #digest = createHash('sha256')
  #keys: readonly string[]
  #header: ExportHeader | null = null
  #end: ExportEnd | null = null
  #seal: SealLine | null = null
  /** Rows of the present seal that were taken. */
  #taken = 0
  #head = ''
  #rows = 0
  /** Number of the last row taken. */
  #last = 0
  /** Up to here a signature that a known key made stands for the chain. */
  #signedUpTo = 0
  #checkpoints = 0

  constructor(options: Options) {
    this.#options = options
    this.#keys = options.keys
  }

  take(line: string): void {
    const read = this.#parse(line)
    if (this.#end !== null) throw new Broken(null, 'there are lines behind the signed end')
    if ((this.#header === null) !== (read.type === 'header')) throw new Broken(this.#next(), 'the file does not begin with one header')
    if (read.type === 'end') return this.#takeEnd(read)
    this.#digest.update(`${line}\n`, 'utf8')
    if (read.type === 'header') this.#takeHeader(read)
    else if (read.type === 'seal') this.#takeSeal(read)
    else if (read.type === 'row') this.#takeRow(read.seq, line)
    else this.#takeCheckpoint(read)
  }

  #parse(line: string): ExportLine {
    try {
      return exportLine.parse(JSON.parse(line))
    } catch {
      throw new Broken(this.#next(), 'this line is not one of an export')
    }
  }

  /** The number that must come now. */
  #next(): number {
    return this.#seal === null ? this.#last + 1 : this.#header?.complete === true ? this.#seal.first + this.#taken : this.#last + 1
  }

  #takeHeader(header: ExportHeader): void {
    this.#header = header
    if (this.#keys.length === 0) this.#keys = [header.publicKey]
  }

  #takeSeal(seal: SealLine): void {
    const { org, complete } = this.#open()
    this.#closeSeal()
    if (seal.hashes.length !== seal.count) throw new Broken(seal.first, 'its seal does not name every row')
    if (complete && seal.first !== this.#last + 1) throw new Broken(this.#last + 1, `the next seal begins with ${seal.first}: rows are missing or out of order`)
    if (complete && seal.previous !== this.#head) throw new Broken(seal.first, 'its seal does not follow the one before')
    const hash = hashOfSeal({ ...seal, org, rowHashes: Buffer.from(seal.hashes.join(''), 'hex') }).toString('hex')
    if (hash !== seal.hash) throw new Broken(seal.first, 'its seal was changed')
    this.#seal = seal
    this.#taken = 0
    this.#head = seal.hash
    this.#options.onSeal?.(seal)
  }

  #takeRow(seq: number, line: string): void {
    const { complete } = this.#open()
    const seal = this.#seal
    if (seal === null) throw new Broken(this.#next(), 'a row stands here that no seal names')
    const wanted = complete ? seal.first + this.#taken : seq
    if (wanted >= seal.first + seal.count) throw new Broken(wanted, 'a row stands here that no seal names')
    if (!complete && seq <= this.#last) throw new Broken(seq, 'the row is out of order')
    if (hashOfRow(line).toString('hex') !== seal.hashes[wanted - seal.first]) {
      throw new Broken(wanted, seq === wanted ? 'the row was changed' : `row ${seq} stands in its place: it is missing or out of order`)
    }
    this.#taken += 1
    this.#last = wanted
    this.#rows += 1
    this.#options.onRow?.(this.#rows)
    this.#options.onLine?.(wanted, line)
  }

  #takeCheckpoint(it: Checkpoint): void {
    const { org, complete } = this.#open()
    this.#closeSeal()
    if (!verifyCheckpoint(this.#keys, it)) {
      if (isKeyOf(this.#keys, it.keyId)) throw new Broken(complete ? this.#signedUpTo + 1 : null, `the checkpoint at ${it.seq} was signed over other rows`)
      // Another key's: made before the secret key was changed. It proves nothing here, and the end is signed anyway.
      return
    }
    this.#checkpoints += 1
    if (!complete) return
    if (it.org !== org || it.seq !== this.#last || it.hash !== this.#head) {
      throw new Broken(this.#signedUpTo + 1, `the signed checkpoint at ${it.seq} says otherwise: from here on nothing is proven`)
    }
    this.#signedUpTo = it.seq
  }

  /** A complete export holds every row that a seal names. */
  #closeSeal(): void {
    const seal = this.#seal
    if (seal !== null && this.#open().complete && this.#taken < seal.count) throw new Broken(seal.first + this.#taken, 'the row is missing')
  }

  #takeEnd(end: ExportEnd): void {
    const { complete, last } = this.#open()
    this.#closeSeal()
    this.#end = end
    if (complete && this.#last !== last) throw new Broken(this.#last + 1, `the rows from here to ${last} are missing`)
    if (!signedBy(this.#keys, { text: endText(end), keyId: end.keyId, signature: end.signature })) {
      throw new Broken(complete ? this.#signedUpTo + 1 : null, 'the end of the file is not signed by a known key')
    }
    if (complete && this.#signedUpTo !== this.#last) throw new Broken(this.#signedUpTo + 1, 'no signed checkpoint stands for the rows from here on')
    if (end.digest !== this.#digest.digest('hex') || end.rows !== this.#rows) throw new Broken(null, 'the file is not the one that was signed')
  }

  finish(): void {
    if (this.#end === null) throw new Broken(this.#next(), 'the file ends here, before its signed end')
  }

  #open(): ExportHeader {
    if (this.#header === null) throw new Broken(1, 'the file does not begin with one header')
    return this.#header
  }

  report(broken: ExportReport['broken']): ExportReport {
    return {
      ok: broken === null, org: this.#header?.org ?? null, complete: this.#header?.complete ?? false, rows: this.#rows, last: this.#last,
      checkpoints: this.#checkpoints, keyId: this.#end?.keyId ?? this.#header?.keyId ?? null, broken,
    }
  }
}
