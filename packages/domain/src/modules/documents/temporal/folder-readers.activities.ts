import { Context } from '@temporalio/activity'
import { z } from 'zod'
import type { DocumentsDeps } from '../documents.deps.ts'
import type { FolderReadersActivities } from '../folder-readers.types.ts'
import type { WalkKey } from '../readers.repository.ts'
import { rewriteReaders } from '../use-cases/rewrite-readers.ts'

const HEARTBEAT_MS = 1000
/** To an activity: 10,000 documents, some seconds. */
const BATCHES = 20

const walkKey = z.custom<WalkKey>((key) => z.strictObject({ folderId: z.uuid(), at: z.string(), documentId: z.uuid() }).safeParse(key).success)

export function createFolderReadersActivities(documents: DocumentsDeps): FolderReadersActivities {
  return {
    async rewriteReaders(ref, after) {
      const context = Context.current()
      // Where the try before came to, should it have told: a worker that died then costs one batch and not all.
      let key = walkKey.nullable().catch(null).parse(context.info.heartbeatDetails ?? null) ?? after
      const beat = setInterval(() => context.heartbeat(key), HEARTBEAT_MS)
      try {
        for (let batch = 0; batch < BATCHES; batch += 1) {
          context.cancellationSignal.throwIfAborted()
          const next = await rewriteReaders(documents, ref, key)
          if (next === null) return null
          key = next
          context.heartbeat(key)
        }
        return key
      } finally {
        clearInterval(beat)
      }
    },
  }
}
