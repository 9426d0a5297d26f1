import { runCli } from '../../../apps/cli/src/run.testkit.ts'
import type { Difference } from '../../../apps/cli/src/verify/checks.ts'
import type { Promises } from '../../../apps/cli/src/verify/report.ts'
import type { Env } from './managed-process.ts'

/** What `intellidocs verify --ledger FILE` says: its line, the figures of it, and each difference by name. */
export type Verified = Promises & { readonly ok: boolean; readonly line: string; readonly differences: readonly Difference[] }

/** Runs the command as an operator would, on the installation that `env` names. No grace: what lies there without a reason counts at once. */
export async function verifyLedger(env: Env, ledger: string): Promise<Verified> {
  const ran = await runCli(['verify', '--json', '--ledger', ledger, '--grace', '0'], { env })
  const said = ran.stdout === '' ? null : ran.json()
  if (!isVerified(said)) throw new Error(`verify could not compare (exit ${ran.code}): ${ran.stdout} ${ran.stderr}`)
  if ((ran.code === 0) !== said.ok) throw new Error(`verify said ok=${said.ok} and ended with ${ran.code}`)
  return said
}

/** Anything else is the error of a command that could not do its work. */
const isVerified = (said: unknown): said is Verified => typeof said === 'object' && said !== null && 'line' in said && 'differences' in said
