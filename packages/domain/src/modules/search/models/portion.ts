import type { OrgId } from '@intellidocs/contracts'
import type { Embedder } from '@intellidocs/embedding'
import { headingOf } from '@intellidocs/extraction'
import { newId, systemActor, type Log, type RunInTx } from '@intellidocs/kernel'
import type { PassageVector } from '../search.types.ts'
import { embeddedText } from '../title.ts'
import { embedPassages } from './embed-passages.ts'
import { modelsRepository as repository, type Place, type Unembedded } from './models.repository.ts'

/** Passages of one organization before it is another one's turn. */
const PORTION = 128
const CLEARED_AT_ONCE = 2_000

type Deps = { readonly runInTx: RunInTx; readonly log: Log }

/** One organization's turn on its way to the model: some passages, the switch after the last of them, or some vectors of other models that go. */
export async function workPortion({ runInTx, log }: Deps, orgId: OrgId, { model, signal }: { model: Embedder; signal: AbortSignal }): Promise<void> {
  const actor = systemActor(orgId, newId())
  const { place, passages } = await runInTx(actor, async (tx) => {
    const found = await repository.place(tx)
    const whole = found === null || (found.model === model.id && !found.behind)
    return { place: found, passages: whole ? null : await repository.unembedded(tx, { model: model.id, after: found.after, limit: PORTION }) }
  }, { readOnly: true })
  if (place === null) return
  if (passages === null) {
    await runInTx(actor, (tx) => repository.clear(tx, orgId, { model: model.id, limit: CLEARED_AT_ONCE }))
  } else if (passages.length === 0) {
    const switched = await runInTx(actor, (tx) => repository.switchTo(tx, orgId, model.id))
    if (switched) log.info({ orgId, model: model.id, before: place.model }, 'an organization searches by vectors of this model, of all its passages')
  } else {
    await embed({ runInTx, log }, orgId, { model, signal, place, passages })
  }
}

/** A vector a passage, each with the id of its passage. Throws EmbeddingError, or the signal's reason. */
export async function vectorsOf(model: Embedder, passages: readonly Unembedded[], signal: AbortSignal): Promise<(PassageVector & { readonly id: string })[]> {
  const vectors = await embedPassages(model, passages.map(({ text, heading, language, name, first }) =>
    ({ text, language, embedded: embeddedText(name, first === null ? null : headingOf(first), { text, heading }) })), signal)
  return passages.flatMap(({ id }, at) => (vectors[at] === undefined ? [] : [{ ...vectors[at], id }]))
}

type Work = { readonly model: Embedder; readonly signal: AbortSignal; readonly place: Place; readonly passages: readonly Unembedded[] }

async function embed({ runInTx, log }: Deps, orgId: OrgId, { model, signal, place, passages }: Work): Promise<void> {
  const placed = await vectorsOf(model, passages, signal)
  const refused = placed.filter((one) => one.refused === true).map(({ id }) => id)
  if (refused.length > 0) log.warn({ orgId, model: model.id, passages: refused }, 'passages that the model does not take are found by their words alone')
  await runInTx(systemActor(orgId, newId()), async (tx) => {
    await repository.store(tx, placed)
    await repository.note(tx, orgId, [model.id, place.model])
    await repository.cameTo(tx, passages.at(-1)?.id ?? place.after, placed.length)
  })
}
