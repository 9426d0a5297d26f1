import type { Clock, Log, QuotaGate, RunAsSystem, RunInTx, Subscriber } from '@intellidocs/kernel'
import { createAuditKeys } from './audit.keys.ts'
import { createAuditRouter } from './audit.router.ts'
import { createAuditService } from './audit.service.ts'
import { signHourly } from './checkpoints.ts'
import { sealLag } from './places.repository.ts'
import { createAuditProof } from './sealed-rows.ts'
import { createSealer } from './sealer.ts'

export type AuditModuleDeps = {
  readonly runInTx: RunInTx; readonly runAsSystem: RunAsSystem; readonly clock: Clock; readonly log: Log
  /** Whether the plan has exports, and how far back it shows the audit. */
  readonly quota: Pick<QuotaGate, 'mustHave' | 'auditSince'>
  /** 32 bytes each; the old ones only verify. */
  readonly secretKey: Buffer; readonly oldSecretKeys?: readonly Buffer[]
}

/** Reads, seals and exports the rows that the kernel writes (`Outbox.append`, `recordAudit`). `seal` and `sign` are for the worker. */
export function createAuditModule({ runInTx, runAsSystem, clock, log, quota, secretKey, oldSecretKeys }: AuditModuleDeps) {
  const deps = { runInTx, runAsSystem, clock, log, quota, keys: createAuditKeys({ secretKey, oldSecretKeys }) }
  const service = createAuditService(deps)
  const sealer = createSealer(deps)
  return {
    name: 'audit',
    routers: { audit: createAuditRouter(service) },
    subscribers: [] as Subscriber[],
    ...service,
    /** For what is signed elsewhere and rests on rows of the audit. */
    proof: createAuditProof(deps),
    /** Seals what was written since, in all organizations; answers in how many. */
    seal: sealer.seal,
    /** Signs what was sealed, for each organization at most once an hour; answers for how many. */
    sign: (signal?: AbortSignal): Promise<number> => signHourly(deps, signal),
    /** Age in seconds of the oldest row that is not sealed, of all organizations; it rises also while one cannot be sealed. */
    lag: async (): Promise<number> => Math.max(await runAsSystem(sealLag), sealer.failingSeconds()),
  } as const
}

export type AuditModule = ReturnType<typeof createAuditModule>
