import type { Actor, UnitOfWork } from '@intellidocs/kernel'
import { searchRepository } from '../../packages/domain/src/modules/search/search.repository.ts'
import { storedVector } from '../../packages/domain/src/modules/search/search.types.ts'
import { rounded } from '../figures.ts'
import { MODEL } from './crowd.ts'

const QUERIES = 40
const NEAREST = 10

/** Of the nearest ten documents by an exact scan, the share that search finds by the way it takes, and that the index finds where search would not ask it. */
export type Recall = { readonly way: 'index' | 'exact'; readonly found: number; readonly by_index: number }

/** With the tenant and what the actor may read as filters, as in every search. */
export async function recallAtTen({ runInTx }: Pick<UnitOfWork, 'runInTx'>, actor: Actor, vectorOf: (n: number) => Float32Array): Promise<Recall> {
  const scope = { principals: actor.principals, filters: {} }
  const nearest = (by: 'meaningExact' | 'meaningNear', n: number) => runInTx(actor, async (tx) => {
    const stored = storedVector(vectorOf(n))
    if (stored === null) throw new Error('a vector without direction')
    return (await searchRepository[by](tx, scope, { vector: { model: MODEL, ...stored }, limit: NEAREST })).map(({ documentId }) => documentId)
  }, { readOnly: true })
  const exact = await runInTx(actor, (tx) => searchRepository.isSmall(tx, scope), { readOnly: true })
  let [found, of] = [0, 0]
  for (let n = 0; n < QUERIES; n += 1) {
    const [near, truth] = [new Set(await nearest('meaningNear', n)), await nearest('meaningExact', n)]
    found += truth.filter((id) => near.has(id)).length
    of += truth.length
  }
  const byIndex = rounded(found / of, 4)
  return { way: exact ? 'exact' : 'index', found: exact ? 1 : byIndex, by_index: byIndex }
}
