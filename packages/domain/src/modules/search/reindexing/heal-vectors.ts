import { newId, systemActor, type RunInTx } from '@intellidocs/kernel'
import { modelsRepository as repository } from '../models/models.repository.ts'
import type { Models } from '../models/models.ts'
import { vectorsOf } from '../models/portion.ts'
import type { Portion } from './heal-documents.ts'
import type { StepDone } from './tally.ts'

const PASSAGES = 128
const nothing = { looked: 0, found: {}, healed: {} } as const

/**
 * Vectors that passages lack: of the model that serves, and of the one that the organization is on its way to. The place is the model's, and the last passage. Without
 * a model there is nothing to lack. What the model does not take is told as found and not as healed, once: it stays without.
 */
export async function healVectors({ runInTx, models }: { runInTx: RunInTx; models: Models }, { orgId, after, signal }: Portion): Promise<StepDone> {
  const needed = await models.needed(orgId)
  const [at = '0', passage = '0'] = after.split(':')
  const model = needed[Number(at)]
  if (model === undefined) return { ...nothing, next: null }
  const actor = systemActor(orgId, newId())
  const passages = await runInTx(actor, (tx) => repository.unembedded(tx, { model: model.id, after: passage, limit: PASSAGES }), { readOnly: true })
  const last = passages.at(-1)
  if (last === undefined) {
    // Where it is lost which model serves, that is this one from now on.
    if (at === '0') await runInTx(actor, async (tx) => { if (await repository.place(tx) === null) await repository.note(tx, orgId, needed.map(({ id }) => id)) })
    return { ...nothing, next: `${Number(at) + 1}:0` }
  }
  const vectors = await vectorsOf(model, passages, signal)
  const refused = vectors.filter((one) => one.refused === true).length
  const stored = await runInTx(actor, async (tx) => {
    await repository.note(tx, orgId, needed.map(({ id }) => id))
    return repository.store(tx, vectors)
  })
  return { next: `${at}:${last.id}`, looked: 0, found: { vectors: passages.length }, healed: { vectors: Math.max(0, stored - refused) } }
}
