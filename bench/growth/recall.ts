import type { Actor, UnitOfWork } from '@intellidocs/kernel'
import { CANDIDATES } from '../../packages/domain/src/modules/search/legs.ts'
import { BY_INDEX, bestOfEach, nearest } from '../../packages/domain/src/modules/search/nearest.ts'
import { searchRepository } from '../../packages/domain/src/modules/search/search.repository.ts'
import { storedVector } from '../../packages/domain/src/modules/search/search.types.ts'
import { rounded } from '../figures.ts'
import { MODEL } from './crowd.ts'

const QUERIES = 40
const NEAREST = 10

/** Of the nearest ten documents by an exact scan, the share that search finds by the way it takes, and that the index finds where search would not ask it. */
export type Recall = { readonly way: 'index' | 'exact'; readonly found: number; readonly by_index: number }

const byIndex: typeof nearest = async (tx, scope, { vector }) => bestOfEach(await searchRepository.meaningNear(tx, scope, { vector, limit: BY_INDEX[0] }))

/** With the tenant and what the actor may read as filters, as in every search. */
export async function recallAtTen({ runInTx }: Pick<UnitOfWork, 'runInTx'>, actor: Actor, vectorOf: (n: number) => Float32Array): Promise<Recall> {
  const scope = { principals: actor.principals, filters: {} }
  const best = (search: typeof nearest, n: number) => runInTx(actor, async (tx) => {
    const stored = storedVector(vectorOf(n))
    if (stored === null) throw new Error('a vector without direction')
    return (await search(tx, scope, { vector: { model: MODEL, ...stored }, limit: CANDIDATES })).slice(0, NEAREST).map(({ documentId }) => documentId)
  }, { readOnly: true })
  const small = await runInTx(actor, (tx) => searchRepository.isSmall(tx, scope, { size: 384 }), { readOnly: true })
  let [found, index, of] = [0, 0, 0]
  for (let n = 0; n < QUERIES; n += 1) {
    const truth = await best(searchRepository.meaningExact, n)
    const [own, near] = [new Set(await best(nearest, n)), new Set(await best(byIndex, n))]
    found += truth.filter((id) => own.has(id)).length
    index += truth.filter((id) => near.has(id)).length
    of += truth.length
  }
  const share = (count: number): number => rounded(count / Math.max(1, of), 4)
  return { way: small ? 'exact' : 'index', found: share(found), by_index: share(index) }
}
