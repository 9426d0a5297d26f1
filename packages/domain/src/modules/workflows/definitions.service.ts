import { positionedPage, windowOf } from '@intellidocs/kernel'
import type { DefinitionsDeps } from './definitions.deps.ts'
import { showFlow, type DefinitionsService } from './definitions.types.ts'
import { loadDefinition } from './load-definition.ts'
import { archiveFlow, createFlow, publishFlow } from './use-cases/publish-flow.ts'
import { simulateFlow } from './use-cases/simulate-flow.ts'

export function createDefinitionsService(deps: DefinitionsDeps): DefinitionsService {
  return {
    create: (actor, input) => createFlow(deps, actor, input),
    publish: (actor, input) => publishFlow(deps, actor, input),
    archive: (actor, input) => archiveFlow(deps, actor, input),
    simulate: (actor, input) => simulateFlow(deps, actor, input),
    async list(actor, { status, ...input }) {
      const page = windowOf(input)
      const rows = await deps.runInTx(actor, (tx) => deps.definitions.list(tx, { orgId: actor.orgId, status }, page), { readOnly: true })
      return positionedPage(rows, page.limit, showFlow)
    },
    async get(actor, input) {
      const { flow, shown, spec } = await deps.runInTx(actor, (tx) => loadDefinition(deps, tx, { actor, ...input }), { readOnly: true })
      return { ...showFlow(flow), shown: { ...shown, publishedAt: shown.publishedAt?.toISOString() ?? null }, spec }
    },
  }
}
