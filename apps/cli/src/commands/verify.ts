import type { Command } from 'commander'
import type { CliContext, Result } from '../context.ts'
import { printable } from '../output.ts'
import { positiveInteger } from '../values.ts'
import { checkBlobs } from '../verify/blobs.ts'
import { checkDeliveries, checkOrg, listOrgs, type Difference } from '../verify/checks.ts'
import { countByKind, reportLine, type Totals } from '../verify/report.ts'
import type { Target } from '../verify/target.ts'

type Options = { hash: boolean; grace: number; stuckAfter: number }

const MINUTE_MS = 60_000
const SHOWN = 20

export const configureVerify = (command: Command): Command => command
  .description('compare rows, stored bytes, pages, passages and events of this installation; runs on the server')
  .option('--no-hash', 'compare sizes only instead of reading every stored byte')
  .option('--grace <minutes>', 'bytes without a row count as left over when they are older', positiveInteger, 60)
  .option('--stuck-after <minutes>', 'a document counts as stuck when it is unread for longer', positiveInteger, 60)

export async function verify(context: CliContext, _args: string[], options: Options): Promise<Result> {
  // Database and object store clients are dear to load, and no other command needs them.
  const { openTarget } = await import('../verify/target.ts')
  const target = await openTarget(context.env)
  try {
    const { totals, differences } = await compare(context, target, options)
    const counts = countByKind(differences)
    const { out } = context
    for (const { kind, orgId, subject } of differences.slice(0, SHOWN)) out.print(`${out.colors.red(kind)}  org ${orgId}  ${printable(subject)}`)
    if (differences.length > SHOWN) out.print(`… and ${differences.length - SHOWN} more (--json names them)`)
    out.print(reportLine(totals, counts))
    const ok = differences.length === 0
    return { value: { ok, ...totals, ...counts, differences }, ok }
  } finally {
    await target.close()
  }
}

type Compared = { totals: Totals; differences: Difference[] }

async function compare({ signal }: CliContext, { database, blobs }: Target, options: Options): Promise<Compared> {
  const now = Date.now()
  const orgs = await listOrgs(database)
  const differences: Difference[] = []
  const totals = { documents: 0, searchable: 0, events: 0 }
  for (const orgId of orgs) {
    signal.throwIfAborted()
    const facts = await checkOrg(database, orgId, new Date(now - options.stuckAfter * MINUTE_MS))
    totals.documents += facts.documents
    totals.searchable += facts.searchable
    totals.events += facts.events
    differences.push(...facts.differences)
  }
  differences.push(...await checkDeliveries(database))
  const orphanedBefore = new Date(now - options.grace * MINUTE_MS)
  const stored = await checkBlobs({ database, blobs, orgs, orphanedBefore, hash: options.hash, signal })
  return { totals: { ...totals, blobs: stored.blobs }, differences: [...differences, ...stored.differences] }
}
