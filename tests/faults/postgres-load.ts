import { setTimeout as delay } from 'node:timers/promises'
import type { FaultContext } from './harness/fault.ts'
import type { LedgerClient, Upload } from './harness/ledger-client.ts'
import type { Random } from './harness/random.ts'
import { until } from './harness/until.ts'

/** Uploads, deletes and reprocesses that go on while something happens to the database. */
export type Load = {
  /** Uploads that were acknowledged so far. */
  acked(): number
  /** Waits until so many more uploads are acknowledged than now: the product works. */
  goesOn(more: number): Promise<void>
  stop(): Promise<void>
}

const LANES = 3
/** While nobody answers, as a patient client tries. */
const AGAIN_MS = 100

export function startLoad({ client, random }: Pick<FaultContext, 'client' | 'random'>): Load {
  let [acked, stopped] = [0, false]
  const lane = async (): Promise<void> => {
    for (let turn = 0; !stopped; turn += 1) {
      const upload = await client.upload({ kind: random.pick(['text', 'text', 'opaque']) })
      if (upload.outcome.kind === 'acked') acked += 1
      else await delay(AGAIN_MS)
      await changeSome(client, random, upload)
    }
  }
  const lanes = Array.from({ length: LANES }, lane)
  const load: Load = {
    acked: () => acked,
    async goesOn(more) {
      const goal = acked + more
      await until('uploads are acknowledged', () => acked >= goal, { seen: () => `${acked} acknowledged` })
    },
    async stop() {
      stopped = true
      await Promise.all(lanes)
    },
  }
  return load
}

/** One of four is deleted, one of four read again. */
async function changeSome(client: LedgerClient, random: Random, { outcome }: Upload): Promise<void> {
  if (outcome.kind !== 'acked') return
  const what = random.int(1, 4)
  if (what === 1) {
    const trashed = await client.change('trash', outcome.documentId)
    if (trashed.kind === 'acked') await client.change('purge', outcome.documentId)
  }
  if (what === 2) await client.change('reprocess', outcome.documentId)
}
