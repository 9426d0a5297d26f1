import type { InstallationHealth } from '@intellidocs/contracts'
import { relayLag, type RunAsSystem, type Tx } from '@intellidocs/kernel'

/** What a process can tell of what it depends on, by name. */
export type Checks = () => Promise<{ ready: boolean; checks: Record<string, { ok: boolean; ms: number }> }>
export type HealthDeps = {
  runAsSystem: RunAsSystem
  /** Absent in processes that serve nobody. */
  checks?: Checks | undefined
  audit: { lag(): Promise<number> }
  openVersions: () => Promise<{ state: string; count: number; oldestSeconds: number }[]>
}

/** Of what a process runs on and talks to. */
async function versionsOf(tx: Tx): Promise<Record<string, string>> {
  const [found] = await tx.$queryRaw<{ postgres: string; pgvector: string }[]>`
    select current_setting('server_version') as postgres, extversion as pgvector from pg_extension where extname = 'vector'`
  return { node: process.versions.node, ...found }
}

/** What works, and how far behind what works in the background is. */
export const createHealth = ({ runAsSystem, checks, audit, openVersions }: HealthDeps) => async (): Promise<InstallationHealth> => {
  const [found, outbox, auditLagSeconds, open] = [await checks?.(), await runAsSystem(relayLag), await audit.lag(), await openVersions()]
  const versions = await runAsSystem(versionsOf)
  const dependencies = Object.entries(found?.checks ?? {}).map(([name, { ok, ms }]) => ({ name, ok, ms }))
  return {
    ready: found?.ready ?? true, degraded: dependencies.filter(({ ok }) => !ok).map(({ name }) => name), dependencies, auditLagSeconds, versions,
    outbox: { due: outbox.pending, parked: outbox.parked, oldestSeconds: outbox.oldestSeconds },
    reading: open.map(({ state, count, oldestSeconds }) => ({ state, count, oldestSeconds })),
  }
}
