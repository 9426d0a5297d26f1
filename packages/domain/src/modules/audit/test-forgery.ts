import { createHash } from 'node:crypto'
import { endText, hashOfRow, hashOfSeal, lineOfSeal, signCheckpoint, type Signer } from '@intellidocs/audit'

type Line = { type: string; seq: number; org: string; number: number; first: number; count: number; at: string; hash: string }
const parsed = (line: string): Line => JSON.parse(line) as Line

export type ForgedSeal = { readonly number: number; readonly previous: Buffer; readonly hash: Buffer; readonly rowHashes: Buffer }
type Forged = { readonly lines: string[]; readonly seals: ForgedSeal[] }

/** An export with one row edited and every hash from there on made anew, which takes no key. The signatures stay as they were. */
export function forge(lines: readonly string[], seq: number, edit: (row: string) => string): Forged {
  const { org } = parsed(lines[0] ?? '')
  const edited = lines.map((line) => (parsed(line).type === 'row' && parsed(line).seq === seq ? edit(line) : line))
  const seals: ForgedSeal[] = []
  let previous: Buffer = Buffer.alloc(0)
  const forged = edited.map((line, index) => {
    const { type, number, first, count, at } = parsed(line)
    if (type === 'checkpoint') return JSON.stringify({ ...parsed(line), hash: previous.toString('hex') })
    if (type !== 'seal') return line
    const rowHashes = Buffer.concat(edited.slice(index + 1, index + 1 + count).map(hashOfRow))
    const content = { org, number, first, count, at, previous: previous.toString('hex'), rowHashes }
    const hash = hashOfSeal(content)
    seals.push({ number, previous, hash, rowHashes })
    previous = hash
    return lineOfSeal(content, hash.toString('hex'))
  })
  return { lines: forged, seals }
}

/** The same file with a checkpoint of its head and an end that this key signed: what the installation itself would make, did it not look. */
export function signAgain({ lines, seals }: Forged, signer: Signer): string[] {
  const head = seals.at(-1)
  const { org } = parsed(lines[0] ?? '')
  const rows = lines.filter((line) => parsed(line).type === 'row')
  const checkpoint = signCheckpoint(signer, {
    org: org as never, seal: head?.number ?? 0, seq: rows.length, hash: head?.hash.toString('hex') ?? '', at: '2026-11-22T08:00:00.000000Z',
  })
  const signed = [...lines.slice(0, -1), JSON.stringify({ type: 'checkpoint', ...checkpoint })]
  const digest = createHash('sha256').update(`${signed.join('\n')}\n`, 'utf8').digest('hex')
  const end = { rows: rows.length, digest, keyId: signer.keyId }
  return [...signed, JSON.stringify({ type: 'end', ...end, signature: signer.sign(endText(end)) })]
}
