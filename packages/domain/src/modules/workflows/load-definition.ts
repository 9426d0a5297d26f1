import type { FlowId, FlowSpec } from '@intellidocs/contracts'
import { AppError, type Actor, type Tx } from '@intellidocs/kernel'
import type { DefinitionsRepository, FlowRow } from './definitions.repository.ts'
import type { Definition } from './definitions.types.ts'

type Deps = { readonly definitions: DefinitionsRepository }
type Asked = { readonly id: FlowId; readonly version?: number | undefined }
export type LoadedDefinition = { readonly flow: FlowRow; readonly shown: Omit<Definition['shown'], 'publishedAt'> & { publishedAt: Date | null }; readonly spec: FlowSpec }

const missing = (): AppError => new AppError('flow.not_found')

/** Held until the transaction ends. @throws AppError flow.not_found */
export async function lockFlow({ definitions }: Deps, tx: Tx, { actor, id }: { actor: Actor; id: FlowId }): Promise<FlowRow> {
  const flow = await definitions.lock(tx, { orgId: actor.orgId, id })
  if (flow === null) throw missing()
  return flow
}

/** The version asked for; else the newest, or the draft while there is none. @throws AppError flow.not_found */
export async function loadDefinition({ definitions }: Deps, tx: Tx, { actor, id, version }: Asked & { actor: Actor }): Promise<LoadedDefinition> {
  const one = { orgId: actor.orgId, id }
  const flow = await definitions.find(tx, one)
  if (flow === null) throw missing()
  const wanted = version ?? flow.version
  if (wanted === 0) {
    const spec = await definitions.draft(tx, one)
    if (spec === null) throw missing()
    return { flow, spec, shown: { version: 0, publishedBy: null, publishedAt: null } }
  }
  const found = await definitions.version(tx, { ...one, version: wanted })
  if (found === null) throw missing()
  const { spec, ...shown } = found
  return { flow, spec, shown }
}
