// npm run bench:audit -- [--seconds 4] [--rounds 3] [--writers 20] [--part cost|lag]
// What the audit costs writers: business transactions a second (an event with its audit row, by the product's own outbox) with and without the
// audit row, and with a sealer beside them, for one organization and for fifty; interleaved in rounds, medians. Then how fast sealing catches up,
// verifies and exports. Then, with the worker as a process of its own, how long a row waits for its seal, from commit to commit, under writers.
// One JSON line last: { audit: { one_org: {…}, fifty_orgs: {…}, seal_rows_per_s, … }, seal_lag: { one_org: { p50_s, p99_s, max_s, … }, … } }.
import { parseArgs } from 'node:util'
import { openDatabase, type Database } from '@intellidocs/db'
import type { OrgId, UserId } from '@intellidocs/contracts'
import { createAuditModule, type AuditModule } from '../packages/domain/src/modules/audit/index.ts'
import { createLog, createUnitOfWork, newId, systemClock, type Actor } from '@intellidocs/kernel'
import { asAdmin, startPostgresForRun, testActor, unlimitedQuota, withDatabase } from '@intellidocs/testing'
import { measureSealLag } from './audit/seal-lag.ts'
import { editorsOf, variants, writeFor, type Place, type Variant } from './audit/writers.ts'
import { median, rounded } from './figures.ts'

const WARM_UP_MS = 1_000

const say = (line: string): void => void process.stderr.write(`· ${line}\n`)

type Sealing = Place & { readonly audit: AuditModule }

async function compare(place: Sealing, actors: readonly Actor[], given: { ms: number; rounds: number }): Promise<Record<string, number>> {
  const found: Record<Variant, number[]> = { without_audit: [], with_audit: [], with_audit_and_sealer: [] }
  for (let round = 0; round < given.rounds; round += 1) {
    for (const variant of variants) {
      found[variant].push(await writeFor(given.ms, place, { actors, variant }))
      say(`${actors.length} organizations, ${variant}: ${Math.round(found[variant].at(-1) ?? 0)} transactions/s`)
      // What was left unsealed belongs to no other variant.
      while (await place.audit.lag() > 0) await place.audit.seal()
    }
  }
  const per = (variant: Variant): number => Math.round(median(found[variant]))
  return {
    ...Object.fromEntries(variants.map((variant) => [`${variant}_tx_s`, per(variant)])),
    share_with_audit: rounded(per('with_audit') / per('without_audit'), 2), share_with_sealer: rounded(per('with_audit_and_sealer') / per('without_audit'), 2),
  }
}

/** Rows a second, for what is done with many at once. */
async function speeds({ audit }: Sealing, actor: Actor, adminUrl: string, rows: number): Promise<Record<string, number>> {
  await asAdmin(adminUrl, `insert into audit (org_id, actor_id, actor_kind, action, subject_type, subject_id, data)
    select '${actor.orgId}', '${actor.userId}', 'user', 'documents.folder-created.v1', 'folder', gen_random_uuid(), jsonb_build_object('n', n) from generate_series(1, ${rows}) n`)
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const began = performance.now()
    await work()
    return Math.round(rows / ((performance.now() - began) / 1000))
  }
  const seal = await timed(async () => { while (await audit.lag() > 0) await audit.seal() })
  const verify = await timed(async () => {
    for (let cursor: string | undefined; ;) {
      const step = await audit.verify(actor, { cursor })
      if (step.ok === false) throw new Error(`the chain is broken: ${JSON.stringify(step.broken)}`)
      if (step.ok) return
      cursor = step.nextCursor ?? undefined
    }
  })
  const exporting = await timed(async () => { for await (const _ of (await audit.export(actor, { format: 'jsonl' })).lines) { /* only read */ } })
  return { rows, seal_rows_per_s: seal, verify_rows_per_s: verify, export_rows_per_s: exporting }
}

async function measure(database: Database, adminUrl: string, given: { ms: number; rounds: number; writers: number }) {
  const unitOfWork = createUnitOfWork({ database, clock: systemClock, onCommit: () => undefined })
  const audit = createAuditModule({ ...unitOfWork, clock: systemClock, log: createLog({ level: 'warn', name: 'bench' }), quota: unlimitedQuota, secretKey: Buffer.alloc(32, 1) })
  const place: Sealing = { runInTx: unitOfWork.runInTx, audit, writers: given.writers }
  const actors = editorsOf(50)
  await writeFor(WARM_UP_MS, place, { actors, variant: 'with_audit_and_sealer' })
  const fresh = testActor(newId() as OrgId, newId() as UserId, 'owner')
  return {
    writers: given.writers, one_org: await compare(place, actors.slice(0, 1), given), fifty_orgs: await compare(place, actors, given),
    ...await speeds(place, fresh, adminUrl, 20_000),
  }
}

async function measureCost(given: { ms: number; rounds: number; writers: number }) {
  const server = await startPostgresForRun('native', { durable: true })
  try {
    if (server.source.kind !== 'native') throw new Error('a benchmark of writers wants a native server')
    await asAdmin(server.source.url, 'create database bench_audit template intellidocs_template')
    const adminUrl = withDatabase(server.source.url, 'bench_audit')
    const database = openDatabase({
      url: withDatabase(server.source.url, 'bench_audit', 'app_login'), maxConnections: given.writers + 2, log: { info: () => undefined, warn: (_, message) => say(message) },
    })
    try {
      return await measure(database, adminUrl, given)
    } finally {
      await database.close()
    }
  } finally {
    await server.close()
  }
}

async function main(): Promise<void> {
  const { values: { part, ...values } } = parseArgs({ options: {
    seconds: { type: 'string', default: '4' }, rounds: { type: 'string', default: '3' }, writers: { type: 'string', default: '20' }, part: { type: 'string' },
  } })
  const given = { ms: Number(values.seconds) * 1000, rounds: Number(values.rounds), writers: Number(values.writers) }
  const cost = part === 'lag' ? {} : { audit: await measureCost(given) }
  const lag = part === 'cost' ? {} : { seal_lag: await measureSealLag({ ms: given.ms * given.rounds, writers: given.writers }, say) }
  process.stdout.write(`${JSON.stringify({ ...cost, ...lag })}\n`)
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = 1
})
