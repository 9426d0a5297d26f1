import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { until, type Random } from '@intellidocs/testing'
import type { FaultContext } from './harness/fault.ts'
import type { LedgerClient, Upload } from './harness/ledger-client.ts'
import type { Stack } from './harness/stack.ts'

/** Uploads, deletes and reprocesses that go on while something happens to the database. */
export type Load = {
  /** Waits until so many more uploads are acknowledged than now: the product works. When it waited in vain, the load ends. */
  goesOn(more: number): Promise<void>
  /** The rest of the load: it ends with `work`, whatever becomes of that. */
  during(work: () => Promise<void>): Promise<void>
}

const LANES = 2
/** Between two uploads of a lane: what comes in faster than it is read only makes the drain long. */
const PACE_MS = 300

export function startLoad({ stack, client, random }: Pick<FaultContext, 'stack' | 'client' | 'random'>): Load {
  let [acked, stopped] = [0, false]
  const lane = async (): Promise<void> => {
    while (!stopped) {
      const upload = await client.upload({ kind: random.pick(['text', 'opaque', 'opaque']) })
      if (upload.outcome.kind === 'acked') {
        acked += 1
        await age(stack, client, upload)
        await changeSome(client, random, upload.outcome.documentId)
      }
      await delay(PACE_MS)
    }
  }
  const over = Promise.all(Array.from({ length: LANES }, lane))
  // Told by `stop`; without this a rejection would have no handler until then.
  over.catch(() => undefined)
  const stop = async (): Promise<void> => {
    stopped = true
    await over
  }
  return {
    async goesOn(more) {
      const goal = acked + more
      try {
        await until('uploads are acknowledged', () => acked >= goal, { seen: () => `${acked} acknowledged` })
      } catch (error) {
        stopped = true
        throw error
      }
    },
    async during(work) {
      try {
        await work()
      } finally {
        await stop()
      }
    },
  }
}

/** The stored bytes look as if they were put long ago: a purge takes them at once, and does not leave them to a later sweep. */
export async function age({ dataDir }: Stack, { org }: LedgerClient, { content }: Upload): Promise<void> {
  const longAgo = new Date(Date.now() - 3_600_000)
  await utimes(join(dataDir, 'blobs', 'org', org.id, content.sha256), longAgo, longAgo)
}

/** One of four is deleted, one of four read again. */
async function changeSome(client: LedgerClient, random: Random, documentId: string): Promise<void> {
  const what = random.int(1, 4)
  if (what === 1) {
    const trashed = await client.change('trash', documentId)
    if (trashed.kind === 'acked') await client.change('purge', documentId)
  }
  if (what === 2) await client.change('reprocess', documentId)
}
