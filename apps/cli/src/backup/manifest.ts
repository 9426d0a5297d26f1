import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { CommandError } from '../failure.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.int().nonnegative()
const file = z.strictObject({ name: z.string().regex(/^[a-z0-9_.-]+$/), bytes: count, sha256 })
const column = z.strictObject({ name: z.string(), type: z.string() })

const manifestSchema = z.strictObject({
  format: z.literal(1),
  /** The release that made it. */
  product: z.string(),
  /** Tell which secret keys open what is sealed; no key is ever in a backup. */
  secretKeyIds: z.array(z.string()).min(1),
  facts: z.strictObject({
    takenAt: z.iso.datetime(), snapshot: z.string(), postgres: z.string(), extensions: z.record(z.string(), z.string()),
    migrations: z.array(z.strictObject({ name: z.string(), checksum: sha256 })).min(1),
    feedReached: z.string().regex(/^\d{1,19}$/), sealed: count, liveApiKeys: count,
  }),
  tables: z.array(z.strictObject({ name: z.string(), columns: z.array(column), rows: count, file })),
  sequences: z.array(z.strictObject({ table: z.string(), column: z.string(), last: z.string().nullable() })),
  /** `lost`: `<org>/<sha256>` of bytes that a row names and that were missing or damaged in the installation when the backup was made. */
  blobs: z.strictObject({ count, bytes: count, lost: z.array(z.string()), file }),
})

export type Manifest = z.infer<typeof manifestSchema>
export type BackupFile = z.infer<typeof file>

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Two lines: the SHA-256 of the second, which is the manifest as JSON. */
export function formatManifest(manifest: Manifest): string {
  const text = JSON.stringify(manifest)
  return `${digest(text)}\n${text}\n`
}

/** @throws CommandError when the file is missing, damaged, or of a format that this release does not know */
export async function readManifest(path: string): Promise<Manifest> {
  const written = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CommandError(`The backup cannot be read: ${error instanceof Error ? error.message : path}`, { cause: error })
  })
  const [sum, text = ''] = written.split('\n')
  if (sum !== digest(text)) throw new CommandError(`The backup is damaged: ${path} is not what was written.`)
  const parsed = manifestSchema.safeParse(JSON.parse(text))
  if (!parsed.success) throw new CommandError(`The backup was made by a newer release: ${path} has another format.`)
  return parsed.data
}
