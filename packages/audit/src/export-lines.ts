import { auditContract, orgId } from '@intellidocs/contracts'
import { z } from 'zod'

export const exportFormat = 'intellidocs-audit/1'

const hex = z.string().regex(/^[0-9a-f]{64}$/)
const number = z.int().min(1)
/** Both are shown on terminals: nothing else may stand there. */
const keyId = z.string().regex(/^[0-9a-f]{16}$/)
const publicKey = z.string().regex(/^[A-Za-z0-9_-]{43}$/)

/** First line. Only a `complete` export can prove that no row is missing: what was filtered leaves gaps that look like any other. */
const header = z.strictObject({
  type: z.literal('header'), format: z.literal(exportFormat), org: orgId, complete: z.boolean(), note: z.string(),
  filter: z.record(z.string(), z.string()), first: number, seals: z.int().min(0), last: z.int().min(0), exportedAt: z.string(),
  keyId, publicKey,
})
export type ExportHeader = z.infer<typeof header>

const seal = z.strictObject({
  type: z.literal('seal'), number, first: number, count: number, at: z.string(), previous: z.union([z.literal(''), hex]), hash: hex, hashes: z.array(hex),
})
/** What else a row says is proven by its hash. */
const row = z.looseObject({ type: z.literal('row'), seq: number })
const checkpoint = auditContract.checkpoint.extend({ type: z.literal('checkpoint') })
/** Last line: signs every byte before it. */
const end = z.strictObject({ type: z.literal('end'), rows: z.int().min(0), digest: hex, keyId, signature: z.string() })
export type ExportEnd = z.infer<typeof end>

export const exportLine = z.discriminatedUnion('type', [header, seal, row, checkpoint, end])
export type ExportLine = z.infer<typeof exportLine>
export type SealLine = z.infer<typeof seal>

/** What the last line's signature is of. */
export const endText = (it: Omit<ExportEnd, 'type' | 'signature'>): string => JSON.stringify(['intellidocs-export-1', it.rows, it.digest, it.keyId])
