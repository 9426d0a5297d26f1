import { createAppRouter, createModules } from '@intellidocs/domain'
import { createIdempotency, createLog, createOutbox, createUnitOfWork, systemClock } from '@intellidocs/kernel'
import { createFileBlobStore } from '@intellidocs/storage'
import { proceduresOf, type Procedure } from './cases.ts'

const never = (): never => {
  throw new Error('the list of procedures reads nothing')
}

/** Every procedure with what is asked of its callers, from the router that the API serves, without a database behind it. */
export function listProcedures(): Procedure[] {
  const modules = createModules({
    ...createUnitOfWork({ database: { run: never, read: never }, clock: systemClock, onCommit: never }),
    clock: systemClock, log: createLog({ level: 'silent', name: 'permissions' }), outbox: createOutbox(), idempotency: createIdempotency(),
    liveFeed: { start: never, position: never, subscribe: never, close: never }, blobs: createFileBlobStore('nowhere'), embedder: null,
    secretKey: Buffer.alloc(32),
  })
  return proceduresOf(createAppRouter(modules))
}
