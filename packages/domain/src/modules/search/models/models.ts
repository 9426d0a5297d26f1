import type { OrgId } from '@intellidocs/contracts'
import type { Embedder } from '@intellidocs/embedding'
import { createRemembered, newId, systemActor, type RunInTx } from '@intellidocs/kernel'
import { modelsRepository } from './models.repository.ts'

const REMEMBERED_MS = 1_000

/** The models that this process can run, and which of them an organization needs. */
export type Models = {
  /** What the configuration names: what passages are embedded with and, once all of an organization's are, searched by. */
  readonly current: Embedder | null
  /** Whose vectors the organization's search compares with; null where this process cannot run it. As it was a second ago at most. */
  serving(orgId: OrgId): Promise<Embedder | null>
  /** Those that a new passage needs a vector of: the current one, and the one that serves while the organization is on its way from it. */
  needed(orgId: OrgId): Promise<readonly Embedder[]>
}

/** `former`: models that organizations may still be on their way from. */
export function createModels({ runInTx, current, former }: { runInTx: RunInTx; current: Embedder | null; former: readonly Embedder[] }): Models {
  const byId = new Map([...former, ...(current === null ? [] : [current])].map((embedder) => [embedder.id, embedder]))
  const remembered = createRemembered<OrgId, string | null>({ ms: REMEMBERED_MS })
  const modelOf = (orgId: OrgId): Promise<string | null> => remembered.get(orgId, () =>
    runInTx(systemActor(orgId, newId()), async (tx) => (await modelsRepository.place(tx))?.model ?? null, { readOnly: true }))
  const serving = async (orgId: OrgId): Promise<Embedder | null> => {
    const model = await modelOf(orgId)
    return model === null ? current : byId.get(model) ?? null
  }
  return {
    current, serving,
    async needed(orgId) {
      const served = await serving(orgId)
      return [...new Set([current, served])].filter((embedder) => embedder !== null)
    },
  }
}
