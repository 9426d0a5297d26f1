import { createModules, type Modules } from '@intellidocs/domain'
import { createIdempotency, createLiveFeed, createLog, createOutbox, createUnitOfWork, loadConfig, systemClock } from '@intellidocs/kernel'
import type { Env } from './context.ts'
import { openTarget } from './verify/target.ts'

/**
 * The product's modules over the installation on this machine, for what only whoever runs it may do. All of them, because each event is delivered to every
 * module that listens; the running worker hears of them within a second.
 */
export async function openModules(env: Env): Promise<{ modules: Modules; close(): Promise<void> }> {
  const { database, blobs, close } = await openTarget(env)
  const { secretKey, oldSecretKeys, meilisearch } = loadConfig({ ...env })
  const log = createLog({ level: 'error', name: 'cli' })
  // Nobody is told of the commit: a relay looks by itself each second.
  const unitOfWork = createUnitOfWork({ database, clock: systemClock, onCommit: () => undefined })
  const modules = createModules({
    ...unitOfWork, clock: systemClock, log, blobs, outbox: createOutbox(), idempotency: createIdempotency(),
    liveFeed: createLiveFeed({ database, log }), embedder: null, secretKey, oldSecretKeys,
    ...(meilisearch === undefined ? {} : { meilisearch }),
  })
  return { modules, close }
}
