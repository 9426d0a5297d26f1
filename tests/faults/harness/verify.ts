import { z } from 'zod'
import { runCli } from '../../../apps/cli/src/run.testkit.ts'
import type { Env } from './managed-process.ts'

const figures = z.looseObject({
  acked: z.int(), lost: z.int(), searchable: z.int(), dup_hits: z.int(), orphan_blobs: z.int(), missing_blobs: z.int(), sha_mismatch: z.int(),
  decisions: z.int(), double: z.int(), events: z.int(), missing: z.int(), dup_effect: z.int(), foreign_reads: z.int(), stuck: z.int(),
})
const report = figures.extend({
  ok: z.boolean(), line: z.string(), differences: z.array(z.object({ kind: z.string(), orgId: z.string(), subject: z.string() })),
})

/** What `intellidocs verify --ledger FILE` says: its line, the figures of it, and each difference by name. */
export type Verified = z.infer<typeof report>

/** Runs the command as an operator would, on the installation that `env` names. No grace: what lies there without a reason counts at once. */
export async function verifyLedger(env: Env, ledger: string): Promise<Verified> {
  const ran = await runCli(['verify', '--json', '--ledger', ledger, '--grace', '0'], { env })
  const parsed = report.safeParse(ran.stdout === '' ? null : ran.json())
  if (!parsed.success) throw new Error(`verify could not compare (exit ${ran.code}): ${ran.stdout} ${ran.stderr}`)
  if ((ran.code === 0) !== parsed.data.ok) throw new Error(`verify said ok=${parsed.data.ok} and ended with ${ran.code}`)
  return parsed.data
}
