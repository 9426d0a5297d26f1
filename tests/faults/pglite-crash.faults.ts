import type { Suite } from './harness/fault.ts'
import { crash } from './postgres-crash.faults.ts'

export const suite: Suite = {
  name: 'pglite',
  stack: { database: 'pglite' },
  faults: [crash('pglite killed', 'SIGKILL', 'kill -9 of the embedded database under uploads, deletes and reprocesses; started again, as the launcher does')],
}
