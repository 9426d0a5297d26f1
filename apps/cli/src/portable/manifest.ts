import { createHash } from 'node:crypto'
import { lstat, readFile } from 'node:fs/promises'
import { signedBy, type Signer } from '@intellidocs/audit'
import { orgId } from '@intellidocs/contracts'
import { z } from 'zod'
import { CommandError } from '../failure.ts'

/** Raised when a reader of the format before could not read it. */
const FORMAT = 1

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.int().nonnegative()
const name = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/)
const file = z.strictObject({ bytes: count, sha256 })

const planSchema = z.strictObject({
  format: z.literal(FORMAT),
  /** The release that made it. */
  product: z.string(),
  org: z.strictObject({ id: orgId, slug: z.string(), name: z.string() }),
  takenAt: z.iso.datetime(),
  migrations: z.array(z.strictObject({ name: z.string(), checksum: sha256 })).min(1),
  feedReached: z.string().regex(/^\d{1,19}$/),
  /** What the manifest and the checkpoints of the audit are signed with (base64url); as `intellidocs audit key` tells it. */
  publicKey: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  tables: z.array(z.strictObject({ name, key: z.array(name).min(1), columns: z.array(z.strictObject({ name, type: z.string() })).min(1), rows: count, file })),
  blobs: z.strictObject({ count, bytes: count, file }),
})
/** What is known once all rows are written; the bytes are still to come. */
export type Plan = z.infer<typeof planSchema>

const manifestSchema = planSchema.extend({
  /** SHA-256 of bytes that a row names and that were missing or damaged when the export was made. */
  lost: z.array(sha256),
})
export type OrgManifest = z.infer<typeof manifestSchema>
export type PartFile = z.infer<typeof file>

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
const signedText = (sum: string): string => JSON.stringify(['intellidocs-org-export-1', sum])

export const formatPlan = (plan: Plan): string => `${digest(JSON.stringify(plan))}\n${JSON.stringify(plan)}\n`

/** Three lines: the SHA-256 of the second, the manifest as JSON, and by whom the first is signed. */
export function formatManifest(manifest: OrgManifest, signer: Signer): string {
  const text = JSON.stringify(manifest)
  const sum = digest(text)
  return `${sum}\n${text}\n${JSON.stringify({ keyId: signer.keyId, signature: signer.sign(signedText(sum)) })}\n`
}

/** What a rows phase that came to its end left behind; null when there is none that this release can go on with. */
export async function readPlan(path: string): Promise<Plan | null> {
  const [sum, text = ''] = (await readFile(path, 'utf8').catch(() => '')).split('\n') // none was written
  if (sum !== digest(text)) return null
  return planSchema.safeParse(JSON.parse(text)).data ?? null
}

const signature = z.strictObject({ keyId: z.string().regex(/^[0-9a-f]{16}$/), signature: z.string().max(200) })

/**
 * The manifest, with the SHA-256 that is signed. Without `keys` the key that it names itself is believed.
 * @throws CommandError when it is missing, damaged, of another format, or not signed by such a key
 */
export async function readManifest(path: string, keys: readonly string[]): Promise<{ manifest: OrgManifest; sum: string }> {
  const written = await readPlain(path)
  const [sum = '', text = '', signed = ''] = written.split('\n')
  if (sum !== digest(text)) throw new CommandError(`The export is damaged: ${path} is not what was written.`)
  const read: unknown = JSON.parse(text)
  const format = typeof read === 'object' && read !== null && 'format' in read ? read.format : undefined
  if (format !== FORMAT) throw new CommandError(`The export has format ${String(format)}, and this release reads format ${FORMAT}.`)
  const parsed = manifestSchema.safeParse(read)
  if (!parsed.success) throw new CommandError(`The export cannot be read: ${path} does not say what format ${FORMAT} says.`)
  const by = signature.safeParse(parseOrNull(signed))
  const trusted = keys.length > 0 ? keys : [parsed.data.publicKey]
  if (!by.success || !signedBy(trusted, { text: signedText(sum), ...by.data })) {
    throw new CommandError(keys.length > 0 ? 'The export is not signed with the key that you trust.' : 'The export is not signed with the key that it names.')
  }
  return { manifest: parsed.data, sum }
}

async function readPlain(path: string): Promise<string> {
  const facts = await lstat(path).catch(() => null) // said below
  if (facts?.isFile() !== true) throw new CommandError(`There is no complete export here: ${path} is missing. An export that was interrupted goes on with the same command.`)
  return readFile(path, 'utf8')
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // no signature
  }
}
