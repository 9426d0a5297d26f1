import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { CommandError } from '../failure.ts'
import { createFlowFold, flowLines, type FlowLedger } from './flow-ledger.ts'
import { at, eventId, uuid } from './ledger-values.ts'

/** What is done to a document after it was uploaded. */
export const ledgerChanges = ['trash', 'restore', 'purge', 'reprocess', 'cancel'] as const

/**
 * One line of a ledger. `try` is on disk before the request leaves, the others after the answer or event arrived; a request that is repeated
 * under its idempotency key is still the one try. `id` ties an answer to its try; `word` stands in that file alone, null where it cannot be known.
 */
const line = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('try'), at, id: z.string(), org: uuid, action: z.literal('upload'),
    sha256: z.string(), size: z.int(), word: z.string().nullable(), documentId: uuid.nullable(),
  }),
  z.strictObject({ kind: z.literal('change'), at, id: z.string(), org: uuid, action: z.enum(ledgerChanges), documentId: uuid }),
  z.strictObject({ kind: z.literal('ack'), at, id: z.string(), documentId: uuid, versionId: uuid.nullable() }),
  z.strictObject({ kind: z.literal('refused'), at, id: z.string(), code: z.string() }),
  z.strictObject({ kind: z.literal('listen'), at, listener: z.string(), org: uuid, after: eventId }),
  z.strictObject({ kind: z.literal('recv'), at, listener: z.string(), org: uuid, eventId, documentId: uuid.nullable() }),
  ...flowLines,
])
export type LedgerLine = z.infer<typeof line>

export type UploadTry = {
  readonly id: string
  readonly org: string
  readonly sha256: string
  readonly size: number
  readonly word: string | null
  ack: { readonly documentId: string; readonly versionId: string } | null
  refused: boolean
}

export type Change = { readonly action: (typeof ledgerChanges)[number]; readonly documentId: string; acked: boolean }

/** Who listened, from where on, and each event as often as it came. */
export type Listening = { readonly listener: string; readonly org: string; readonly after: string; readonly received: string[] }

/** What the clients know for certain, and what they merely tried. */
export type Ledger = FlowLedger & {
  readonly orgs: readonly string[]
  readonly uploads: readonly UploadTry[]
  /** In the order in which they were tried. */
  readonly changes: readonly Change[]
  readonly listenings: readonly Listening[]
}

/** Reads a ledger. Its last line may be cut short, as when the client that wrote it was killed. @throws CommandError for a file that is none */
export async function readLedger(path: string): Promise<Ledger> {
  const text = await readFile(path, 'utf8')
  return foldLedger(parseLines(text, path))
}

function parseLines(text: string, path: string): LedgerLine[] {
  // What stands behind the last end of line was never written whole.
  return text.split('\n').slice(0, -1).map((one, index) => {
    try {
      return line.parse(JSON.parse(one))
    } catch (error) {
      throw new CommandError(`${path}, line ${index + 1}, is no line of a ledger: ${error instanceof Error ? error.message : String(error)}`)
    }
  })
}

export function foldLedger(lines: readonly LedgerLine[]): Ledger {
  const uploads = new Map<string, UploadTry>()
  const changes = new Map<string, Change>()
  const listenings = new Map<string, Listening>()
  const flows = createFlowFold()
  for (const entry of lines) {
    if (flows.take(entry)) continue
    if (entry.kind === 'try') {
      const { id, org, sha256, size, word } = entry
      uploads.set(id, { id, org, sha256, size, word, ack: null, refused: false })
    } else if (entry.kind === 'change') changes.set(entry.id, { action: entry.action, documentId: entry.documentId, acked: false })
    else if (entry.kind === 'listen') {
      const { listener, org, after } = entry
      listenings.set(listener, { listener, org, after, received: [] })
    } else if (entry.kind === 'recv') listenings.get(entry.listener)?.received.push(entry.eventId)
    else if (entry.kind === 'ack' || entry.kind === 'refused') answered(entry, uploads.get(entry.id), changes.get(entry.id))
  }
  const ofFlows = flows.told()
  const orgs = [...uploads.values(), ...listenings.values(), ...ofFlows.runs, ...ofFlows.decisions, ...ofFlows.endpoints].map(({ org }) => org)
  return { orgs: [...new Set(orgs)], uploads: [...uploads.values()], changes: [...changes.values()], listenings: [...listenings.values()], ...ofFlows }
}

type Answer = Extract<LedgerLine, { kind: 'ack' | 'refused' }>

function answered(answer: Answer, upload: UploadTry | undefined, change: Change | undefined): void {
  if (change !== undefined && answer.kind === 'ack') change.acked = true
  if (upload === undefined) return
  if (answer.kind === 'refused') upload.refused = true
  else if (answer.versionId !== null) upload.ack = { documentId: answer.documentId, versionId: answer.versionId }
}

/** Of the documents that were purged or may have been: their rows and bytes may be gone. */
export const purged = ({ changes }: Ledger): Set<string> =>
  new Set(changes.filter(({ action }) => action === 'purge').map(({ documentId }) => documentId))

/** Bytes that may lie in the store without a row, until the sweep finds them: of uploads that never had a good answer. */
export function unansweredBytes({ uploads }: Ledger): Set<string> {
  return new Set(uploads.filter(({ ack }) => ack === null).map(({ org, sha256 }) => `${org}/${sha256}`))
}
