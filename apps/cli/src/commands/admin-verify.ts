import { setTimeout as delay } from 'node:timers/promises'
import { IntelliDocsError } from '@intellidocs/client'
import type { InstallationCheck } from '@intellidocs/contracts'
import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { UsageError } from '../failure.ts'
import { printable } from '../output.ts'

type Options = { hash?: boolean; wait: boolean; last?: boolean; cancel?: boolean }

const LOOK_MS = 1_000
const SHOWN = 20

export const configureAdminVerify = (command: Command): Command => command
  .description('check storage and index of all organizations in the background, by a worker; exit 1 on any difference')
  .option('--hash', 'read every stored byte instead of comparing lengths').option('--no-wait', 'begin it and do not wait for its end')
  .option('--last', 'tell of the newest one instead of beginning one').option('--cancel', 'end the one that is under way')

export async function adminVerify(context: CliContext, _args: string[], { hash = false, wait, last = false, cancel = false }: Options): Promise<Result> {
  if (last && cancel) throw new UsageError('Give --last or --cancel, not both.')
  const { verify } = context.client.api.admin
  if (cancel) {
    const { id } = await verify.get.query({})
    const check = await verify.cancel.mutate({ id })
    context.out.print(check.state === 'cancelled' ? 'The check is cancelled.' : 'The check ends at its next step.')
    return done({ check })
  }
  const begun = last ? await verify.get.query({}) : await begin(context, hash)
  const check = wait && !last ? await waitFor(context, begun) : begun
  return tell(context, check)
}

/** Or the one that is under way already. */
async function begin({ client, out }: CliContext, hash: boolean): Promise<InstallationCheck> {
  try {
    return await client.api.admin.verify.start.mutate({ hash })
  } catch (error) {
    if (!(error instanceof IntelliDocsError && error.appCode === 'admin.check_running')) throw error
    out.note('A check is under way already; this is that one.')
    return client.api.admin.verify.get.query({})
  }
}

async function waitFor({ client, out }: CliContext, begun: InstallationCheck): Promise<InstallationCheck> {
  let told = ''
  for (let check = begun; ; check = await client.api.admin.verify.get.query({ id: begun.id })) {
    if (check.endedAt !== null) return check
    const progress = check.state === 'queued' ? 'Waiting for a worker.' : `${check.orgs.done} of ${check.orgs.total} organizations, ${check.blobs} stored files.`
    if (progress !== told) out.note(progress)
    told = progress
    await delay(LOOK_MS)
  }
}

function tell({ out }: CliContext, check: InstallationCheck): Result {
  for (const { kind, orgId, subject } of check.differences.slice(0, SHOWN)) out.print(`${out.colors.red(kind)}  org ${orgId}  ${printable(subject)}`)
  if (check.differences.length > SHOWN) out.print(`… and more (--json names ${check.differences.length})`)
  const counts = Object.entries(check.counts).map(([kind, count]) => `${kind}=${count}`).join(' ')
  out.print(`${check.state}: ${check.orgs.done} of ${check.orgs.total} organizations, ${check.blobs} stored files; ${counts === '' ? 'no difference' : counts}`)
  return { value: { check }, ok: counts === '' }
}
