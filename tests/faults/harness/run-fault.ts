import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drain } from './drain.ts'
import type { Fault, FaultContext } from './fault.ts'
import { createLedgerClient, type LedgerClient } from './ledger-client.ts'
import { openLedger } from './ledger.ts'
import { createRandom } from './random.ts'
import { NotRunHere } from './small-disk.ts'
import type { Stack } from './stack.ts'
import { verifyLedger, type Verified } from './verify.ts'

export type RunOptions = {
  readonly repeats: number
  readonly seed: number
  readonly hurry: boolean
  /** Progress for whoever waits. */
  readonly say: (line: string) => void
}

export type FaultResult = {
  readonly name: string
  readonly rounds: number
  readonly seconds: number
  /** What does not hold; empty when everything does. */
  readonly problems: readonly string[]
  /** The reason why it was not done on this machine. */
  readonly skipped: string | null
  readonly verified: Verified | null
}

/** Does one fault so many times, drains, compares. Never throws for what the product does wrong: that is in `problems`. */
export async function runFault(stack: Stack, fault: Fault, options: RunOptions): Promise<FaultResult> {
  const since = performance.now()
  const folder = await mkdtemp(join(tmpdir(), 'intellidocs-ledger-'))
  const ledger = openLedger(join(folder, 'ledger.jsonl'))
  const problems: string[] = []
  let [skipped, verified, rounds]: [string | null, Verified | null, number] = [null, null, 0]
  const clients: LedgerClient[] = []
  const attempt = async (what: string, work: () => Promise<void>): Promise<boolean> => {
    try {
      await work()
      return true
    } catch (error) {
      if (error instanceof NotRunHere) skipped = error.message
      else problems.push(`${what}: ${error instanceof Error ? error.stack ?? error.message : String(error)}`)
      return false
    }
  }

  await attempt('start', () => allUp(stack))
  const [client, other] = stack.orgs.map((org, at) => createLedgerClient({
    name: `client-${at + 1}`, org, url: stack.api.url, ledger, random: createRandom(`${options.seed} ${fault.name} client ${at}`),
  }))
  if (client === undefined || other === undefined) throw new Error('there are two organizations')
  clients.push(client, other)
  const context = {
    stack, client, other, rounds: options.repeats, hurry: options.hurry, random: createRandom(`${options.seed} ${fault.name}`),
    verify: () => verifyLedger(stack.env, ledger.path), drain: (withinMs?: number) => drain(stack, clients, withinMs),
  }
  const begun = await attempt('listen', async () => {
    await Promise.all(clients.map((one) => one.listen()))
    await other.upload({ kind: 'text' })
  })
  for (let round = 0; begun && round < options.repeats && problems.length === 0 && skipped === null; round += 1) {
    options.say(`${fault.name}: round ${round + 1} of ${options.repeats}`)
    const withRound: FaultContext = { ...context, round, random: createRandom(`${options.seed} ${fault.name} ${round}`) }
    await attempt(`round ${round + 1}`, () => fault.round(withRound))
    await attempt('undo', async () => { await fault.undo?.(context) })
    rounds += 1
  }
  await attempt('start', () => allUp(stack))
  if (skipped === null) {
    await attempt('drain', () => drain(stack, clients, fault.drainMs))
    await attempt('settled', async () => { await fault.settled?.(context) })
    await attempt('verify', async () => {
      verified = await context.verify()
      problems.push(...verified.differences.map(({ kind, subject }) => `${kind}: ${subject}`))
      if (fault.mayFail !== true) problems.push(...await notReady(stack, clients))
    })
  }
  await Promise.all(clients.map((one) => one.close()))
  ledger.close()
  await rm(folder, { recursive: true, force: true })
  return { name: fault.name, rounds, seconds: (performance.now() - since) / 1000, problems, skipped, verified }
}

/** Starts, without failpoints, what a fault left dead. */
async function allUp({ postgres, temporal, apis, workers }: Stack): Promise<void> {
  for (const server of [postgres, temporal.process, ...apis, ...workers]) {
    if (server.running()) server.resume()
    else await server.start()
  }
}

/** Every file that can be read was read: a fault of ours is no reason of the file's. */
async function notReady(stack: Stack, clients: readonly LedgerClient[]): Promise<string[]> {
  const [first] = clients
  if (first === undefined) return []
  const readable = first.ledger.read().uploads.flatMap(({ word, ack }) => (word === null || ack === null ? [] : [ack.versionId]))
  const rows = await stack.sql<{ id: string; state: string; reason: string }>(
    `select id, state, reason from document_version where id = any($1::uuid[]) and state <> 'ready'`, [readable])
  return rows.map(({ id, state, reason }) => `version ${id} ended as ${state} (${reason})`)
}
