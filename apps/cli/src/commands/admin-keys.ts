import type { Resealed, SealedFrom, SealedKind } from '@intellidocs/contracts'
import type { Command } from 'commander'
import type { CliContext, Result } from '../context.ts'
import { count, formatTable } from '../output.ts'
import { withReason } from './admin-orgs.ts'

const names: Readonly<Record<SealedKind, string>> = { passwords: 'passwords of locked files', factors: 'second factors', webhooks: 'secrets of webhooks' }
type Sums = Record<SealedKind, Pick<Resealed, 'looked' | 'older' | 'lost'>>

/** Calls for portion after portion, and tells after each how many there were. */
async function pass({ client, out }: CliContext, { change, reason }: { change: boolean; reason: string }): Promise<Sums> {
  const nothing = { looked: 0, older: 0, lost: 0 }
  const sums: Sums = { passwords: nothing, factors: nothing, webhooks: nothing }
  let from: SealedFrom | null = null
  do {
    const { kind, looked, older, lost, next }: Resealed = await client.api.admin.keys.reseal.mutate({ from, change, reason })
    const sum = sums[kind]
    sums[kind] = { looked: sum.looked + looked, older: sum.older + older, lost: sum.lost + lost }
    if (looked > 0) out.note(`${names[kind]}: ${sums[kind].looked} looked at`)
    from = next
  } while (from !== null)
  return sums
}

function tell({ out }: CliContext, sums: Sums, done: string): number {
  const rows = Object.entries(sums).map(([kind, { looked, older, lost }]) => [
    names[kind as SealedKind], String(looked), `${older} ${done}`, lost === 0 ? '' : out.colors.yellow(`${lost} that no key opens`),
  ])
  for (const line of formatTable(rows)) out.print(line)
  return Object.values(sums).reduce((all, { lost }) => all + lost, 0)
}

export const configureAdminKeys = (command: Command): Command => command
  .description('which secret keys are in use, and how much is still sealed by an older one; exit 1 where no key opens something')

export async function adminKeys(context: CliContext): Promise<Result> {
  const { client, out } = context
  const { present, older } = await client.api.admin.keys.status.query()
  out.print(`The present key is ${present}; ${older.length === 0 ? 'there is no older one' : `older: ${older.join(', ')}`}.`)
  const sealed = await pass(context, { change: false, reason: 'counted' })
  const lost = tell(context, sealed, 'by an older key')
  return { value: { present, older, sealed }, ok: lost === 0 }
}

export const configureAdminReseal = (command: Command): Command => withReason(command)
  .description('seal by the present key what is sealed by older ones, so that these can be taken away; exit 1 where no key opens something')

export async function adminReseal(context: CliContext, _args: string[], { reason }: { reason: string }): Promise<Result> {
  const sealed = await pass(context, { change: true, reason })
  const lost = tell(context, sealed, 'sealed anew')
  const all = Object.values(sealed).reduce((sum, { older }) => sum + older, 0)
  context.out.note(`${count(all, 'secret')} came under the present key. What Temporal keeps of runs that are over goes with its retention.`)
  return { value: { sealed }, ok: lost === 0 }
}
