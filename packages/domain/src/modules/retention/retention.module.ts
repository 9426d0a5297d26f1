import type { Clock, Log, Outbox, RunAsSystem, RunInTx, Subscriber } from '@intellidocs/kernel'
import { createDeletionGate } from './gate.ts'
import { gateRepository } from './gate.repository.ts'
import { holdsRepository } from './holds.repository.ts'
import { createHoldsService } from './holds.service.ts'
import { releasesRepository } from './releases.repository.ts'
import { createReleasesService } from './releases.service.ts'
import type { RetentionDeps } from './retention.deps.ts'
import { createRetentionRouter } from './retention.router.ts'
import type { SweepPlace } from './retention.types.ts'
import { rulesRepository } from './rules.repository.ts'
import { createRulesService } from './rules.service.ts'
import { sweepBatch } from './sweep.ts'
import { tombstonesRepository } from './tombstones.repository.ts'
import { createTombstoneKeys, createTombstonesService } from './tombstones.ts'

export type RetentionModuleDeps = {
  readonly runInTx: RunInTx; readonly runAsSystem: RunAsSystem; readonly outbox: Outbox; readonly clock: Clock; readonly log: Log
  readonly discard: RetentionDeps['discard']
  /** 32 bytes; tombstones are signed with a key derived from it. */
  readonly secretKey: Buffer
  /** What they signed before the key was changed verifies. */
  readonly oldSecretKeys?: readonly Buffer[]
}

/** What is kept, and for how long; what goes, and when. */
export function createRetentionModule({ runInTx, runAsSystem, outbox, clock, log, discard, secretKey, oldSecretKeys = [] }: RetentionModuleDeps) {
  const deps: RetentionDeps = {
    runInTx, runAsSystem, outbox, clock, log, discard, keys: createTombstoneKeys(secretKey, oldSecretKeys), holds: holdsRepository, rules: rulesRepository,
    releases: releasesRepository, tombstones: tombstonesRepository,
  }
  const [holds, rules] = [createHoldsService(deps), createRulesService(deps)]
  const [releases, tombstones] = [createReleasesService(deps), createTombstonesService(deps)]
  return {
    name: 'retention',
    routers: { retention: createRetentionRouter({ holds, rules, releases, tombstones }) },
    subscribers: [] as Subscriber[],
    holds, rules, releases, tombstones,
    /** What the modules below ask before they delete. */
    gate: createDeletionGate({ repository: gateRepository, rules: rulesRepository, clock }),
    /** What the worker's activity is made of. See `sweep.ts`. */
    sweep: (from: SweepPlace | null, beat: () => void): Promise<SweepPlace | null> => sweepBatch(deps, from, beat),
  } as const
}

export type RetentionModule = ReturnType<typeof createRetentionModule>
