import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRandom } from '@intellidocs/testing'
import { drain } from './drain.ts'
import type { Fault, FaultContext } from './fault.ts'
import { createLedgerClient } from './ledger-client.ts'
import { openLedger, type LedgerFile } from './ledger.ts'
import { NotRunHere } from './small-disk.ts'
import type { Stack } from './stack.ts'
import { verifyLedger, type Verified } from './verify.ts'

export type RunOptions = {
  readonly repeats: number
  readonly seed: number
  readonly hurry: boolean
  /** Aborted: no more rounds; what was done is compared as ever. */
  readonly enough?: AbortSignal
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
  const findings = createFindings()
  await findings.attempt('start', () => allUp(stack))
  const context = contextOf({ stack, fault, options, ledger })
  const clients = [context.client, context.other]
  const listening = await findings.attempt('listen', async () => {
    await Promise.all(clients.map((one) => one.listen()))
    await context.other.upload({ kind: 'text' })
  })
  const rounds = listening ? await doRounds(fault, { context, findings, options }) : 0
  await findings.attempt('start', async () => {
    // A round that broke off may have left a failpoint that was never reached.
    if (findings.problems.length > 0) await Promise.all([...stack.apis, ...stack.workers].map((program) => program.kill()))
    await allUp(stack)
  })
  const verified = findings.skipped() === null ? await compare(fault, context, findings) : null
  await Promise.all(clients.map((one) => one.close()))
  ledger.close()
  await rm(folder, { recursive: true, force: true })
  return { name: fault.name, rounds, seconds: (performance.now() - since) / 1000, problems: findings.problems, skipped: findings.skipped(), verified }
}

type Context = Omit<FaultContext, 'round'>

/** What does not hold is kept and not thrown: the comparison at the end is made whatever happened. */
type Findings = {
  readonly problems: string[]
  skipped(): string | null
  attempt(what: string, work: () => Promise<void>): Promise<boolean>
}

function createFindings(): Findings {
  const problems: string[] = []
  let skipped: string | null = null
  return {
    problems,
    skipped: () => skipped,
    async attempt(what, work) {
      try {
        await work()
        return true
      } catch (error) {
        if (error instanceof NotRunHere) skipped = error.message
        else problems.push(`${what}: ${error instanceof Error ? error.stack ?? error.message : String(error)}`)
        return false
      }
    },
  }
}

function contextOf({ stack, fault, options, ledger }: { stack: Stack; fault: Fault; options: RunOptions; ledger: LedgerFile }): Context {
  const { seed, repeats, hurry } = options
  const [client, other] = stack.orgs.map((org, at) => createLedgerClient({
    name: `client-${at + 1}`, org, url: stack.api.url, ledger, random: createRandom(`${seed} ${fault.name} client ${at}`),
  }))
  if (client === undefined || other === undefined) throw new Error('there are two organizations')
  return {
    stack, client, other, rounds: repeats, hurry, random: createRandom(`${seed} ${fault.name}`),
    verify: () => verifyLedger(stack.env, ledger.path), drain: (withinMs) => drain(stack, [client, other], withinMs),
  }
}

/** Until one does not hold. Answers how many were done. */
async function doRounds(fault: Fault, of: { context: Context; findings: Findings; options: RunOptions }): Promise<number> {
  const { context, findings, options } = of
  let round = 0
  for (; round < options.repeats && findings.problems.length === 0 && findings.skipped() === null && options.enough?.aborted !== true; round += 1) {
    options.say(`${fault.name}: round ${round + 1} of ${options.repeats}`)
    const own: FaultContext = { ...context, round, random: createRandom(`${options.seed} ${fault.name} ${round}`) }
    await findings.attempt(`round ${round + 1}`, () => fault.round(own))
    await findings.attempt('undo', async () => { await fault.undo?.(context) })
  }
  return round
}

async function compare(fault: Fault, context: Context, findings: Findings): Promise<Verified | null> {
  let verified: Verified | null = null
  await findings.attempt('drain', () => context.drain(fault.drainMs))
  await findings.attempt('settled', async () => { await fault.settled?.(context) })
  await findings.attempt('verify', async () => {
    verified = await context.verify()
    findings.problems.push(...verified.differences.map(({ kind, subject }) => `${kind}: ${subject}`))
    if (fault.mayFail !== true) findings.problems.push(...await notReady(context))
  })
  return verified
}

/** Starts, without failpoints, what a fault left dead. */
async function allUp({ postgres, temporal, apis, workers }: Stack): Promise<void> {
  for (const server of [postgres, temporal.process, ...apis, ...workers]) {
    if (server.running()) server.resume()
    else await server.start()
  }
}

/** Every file that can be read was read: a fault of ours is no reason of the file's. */
async function notReady({ stack, client }: Context): Promise<string[]> {
  const readable = client.ledger.read().uploads.flatMap(({ word, ack }) => (word === null || ack === null ? [] : [ack.versionId]))
  const rows = await stack.sql<{ id: string; state: string; reason: string }>(
    `select id, state, reason from document_version where id = any($1::uuid[]) and state <> 'ready'`, [readable])
  return rows.map(({ id, state, reason }) => `version ${id} ended as ${state} (${reason})`)
}
