import type { SearchView, SearchViewId, searchContract } from '@intellidocs/contracts'
import { AppError, newId, orgPrincipal, type Actor, type Clock, type RunInTx } from '@intellidocs/kernel'
import type { z } from 'zod'
import { conditionOf } from '../query/narrowing.ts'
import { parseQuery } from '../query/parse-query.ts'
import { viewsRepository as views, type StoredView } from './views.repository.ts'

type NewView = z.infer<typeof searchContract.createView.input>

/** Of one person: all of them are listed at once. */
const MOST = 100

export type ViewsService = {
  /** The caller's own, then those that others share with the organization, to which guests do not belong; by name. */
  list(actor: Actor): Promise<{ items: SearchView[] }>
  /** @throws AppError search.query_invalid, search.view_taken, search.view_limit */
  create(actor: Actor, input: NewView): Promise<SearchView>
  /** Only by whoever made it. @throws AppError search.view_not_found */
  remove(actor: Actor, input: { id: SearchViewId }): Promise<{ id: SearchViewId; deleted: true }>
}

const shown = ({ ownerId, createdAt, ...view }: StoredView, actor: Actor): SearchView => ({ ...view, own: ownerId === actor.userId, createdAt: createdAt.toISOString() })
const whose = ({ orgId, userId }: Actor) => ({ orgId, userId })

/** Searches under a name. A view holds a question and no answer: whoever opens it finds what they may read, and its folders and members are found anew. */
export function createViewsService({ runInTx, clock }: { runInTx: RunInTx; clock: Clock }): ViewsService {
  return {
    async list(actor) {
      const atLarge = actor.principals.includes(orgPrincipal(actor.orgId))
      return { items: (await runInTx(actor, (tx) => views.list(tx, whose(actor), atLarge), { readOnly: true })).map((view) => shown(view, actor)) }
    },

    async create(actor, { name, query, filters, mode, sort, shared }) {
      for (const clause of parseQuery(query).clauses) conditionOf(clause) // refuses what no search could read
      return runInTx(actor, async (tx) => {
        await views.lock(tx, whose(actor))
        const own = await views.list(tx, whose(actor), false)
        if (own.some((view) => view.name.toLowerCase() === name.toLowerCase())) throw new AppError('search.view_taken')
        if (own.length >= MOST) throw new AppError('search.view_limit')
        const view: StoredView = { id: newId() as SearchViewId, ownerId: actor.userId, name, query, filters, mode, sort, shared, createdAt: clock.now() }
        await views.insert(tx, actor.orgId, view)
        return shown(view, actor)
      })
    },

    async remove(actor, { id }) {
      if (await runInTx(actor, (tx) => views.remove(tx, { ...whose(actor), id })) !== 1) throw new AppError('search.view_not_found')
      return { id, deleted: true }
    },
  }
}
