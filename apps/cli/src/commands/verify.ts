import type { Command } from 'commander'
import type { CliContext, Result } from '../context.ts'
import { UsageError } from '../failure.ts'
import { printable } from '../output.ts'
import { positiveInteger, wholeNumber } from '../values.ts'
import { checkBlobs } from '../verify/blobs.ts'
import { checkDeliveries, checkOrg, listOrgs, purgedBytes, type Difference } from '../verify/checks.ts'
import { checkLedger } from '../verify/ledger-checks.ts'
import { readLedger, unansweredBytes, type Ledger } from '../verify/ledger.ts'
import { countByKind, promiseLine, promisesOf, reportLine, type PromisedFacts, type Totals } from '../verify/report.ts'
import type { Target } from '../verify/target.ts'

type Options = { hash: boolean; runs: boolean; grace: number; stuckAfter: number; ledger?: string; against?: string }

const MINUTE_MS = 60_000
const SHOWN = 20
/** By then the sweep, which comes every half hour and spares what is younger than five minutes, has been there. */
const SWEPT_MS = 60 * MINUTE_MS

export const configureVerify = (command: Command): Command => command
  .description('compare rows, stored bytes, pages, passages, events and runs of this installation; runs on the server')
  .option('--no-hash', 'compare sizes only instead of reading every stored byte')
  .option('--no-runs', 'leave Temporal out, where it is away')
  .option('--grace <minutes>', 'bytes without a row count as left over when they are older', wholeNumber, 60)
  .option('--stuck-after <minutes>', 'a document counts as stuck when it is unread for longer', positiveInteger, 60)
  .option('--ledger <file>', 'compare with what clients tried, were promised and heard; nothing may be under way any more')
  .option('--against <dir>', 'compare one organization with an export of it ("orgs export"), row by row and byte by byte, instead')

export async function verify(context: CliContext, _args: string[], options: Options): Promise<Result> {
  if (options.against !== undefined) {
    if (options.ledger !== undefined) throw new UsageError('--against and --ledger compare different things: give one.')
    return (await import('./verify-against.ts')).verifyAgainst(context, options.against)
  }
  const ledger = options.ledger === undefined ? null : await readLedger(options.ledger)
  // Database and object store clients are dear to load, and no other command needs them.
  const { openTarget } = await import('../verify/target.ts')
  const target = await openTarget(context.env)
  try {
    const compared = await compare(context, target, { options, ledger })
    const { differences } = compared
    const { out } = context
    for (const { kind, orgId, subject } of differences.slice(0, SHOWN)) out.print(`${out.colors.red(kind)}  org ${orgId}  ${printable(subject)}`)
    if (differences.length > SHOWN) out.print(`… and ${differences.length - SHOWN} more (--json names them)`)
    const told = tell(compared)
    out.print(told.line)
    const ok = differences.length === 0
    return { value: { ok, ...told.figures, line: told.line, differences }, ok }
  } finally {
    await target.close()
  }
}

type Compared = { readonly totals: Totals; readonly differences: Difference[]; readonly promised: PromisedFacts | null }

function tell({ totals, differences, promised }: Compared): { figures: object; line: string } {
  if (promised !== null) {
    const promises = promisesOf(promised, differences)
    return { figures: promises, line: promiseLine(promises) }
  }
  const counts = countByKind(differences)
  return { figures: { ...totals, ...counts }, line: reportLine(totals, counts) }
}

type Asked = { readonly options: Options; readonly ledger: Ledger | null }

async function compare({ signal }: CliContext, target: Target, { options, ledger }: Asked): Promise<Compared> {
  const { database, blobs } = target
  const now = Date.now()
  const orgs = await listOrgs(database)
  const differences: Difference[] = []
  const unanswered = ledger === null ? new Set<string>() : unansweredBytes(ledger)
  const purged = new Set<string>()
  const totals = { documents: 0, searchable: 0, events: 0 }
  for (const orgId of orgs) {
    signal.throwIfAborted()
    const facts = await checkOrg(database, orgId, new Date(now - options.stuckAfter * MINUTE_MS))
    totals.documents += facts.documents
    totals.searchable += facts.searchable
    totals.events += facts.events
    differences.push(...facts.differences)
    for (const name of await purgedBytes(database, orgId, new Date(now - SWEPT_MS))) purged.add(name)
  }
  differences.push(...await checkDeliveries(database))
  const promised = ledger === null ? null : await comparePromises(target, ledger, differences)
  if (target.temporal !== null && options.runs) {
    // Temporal's client is dear to load too, and an installation may be looked at without it.
    const { checkRuns } = await import('../verify/runs.ts')
    const closely = new Set((ledger?.uploads ?? []).flatMap(({ ack }) => (ack === null ? [] : [ack.versionId])))
    differences.push(...await checkRuns({ database, temporal: target.temporal, orgs, closely }))
  }
  const orphanedBefore = (orgId: string, sha256: string): Date => {
    const name = `${orgId}/${sha256}`
    // However old the bytes are, their row went a short while ago; a backup may have held them until now.
    if (purged.has(name)) return new Date(0)
    return new Date(now - (unanswered.has(name) ? Math.max(SWEPT_MS, options.grace * MINUTE_MS) : options.grace * MINUTE_MS))
  }
  const stored = await checkBlobs({ database, blobs, orgs, orphanedBefore, hash: options.hash, signal })
  return { totals: { ...totals, blobs: stored.blobs }, promised, differences: [...differences, ...stored.differences] }
}

async function comparePromises({ database }: Target, ledger: Ledger, differences: Difference[]): Promise<PromisedFacts> {
  const totals = { acked: 0, searchable: 0, decisions: 0, events: 0 }
  for (const orgId of ledger.orgs) {
    const facts = await checkLedger(database, orgId, ledger)
    totals.acked += facts.acked
    totals.searchable += facts.searchable
    totals.decisions += facts.decisions
    totals.events += facts.events
    differences.push(...facts.differences)
  }
  return totals
}
