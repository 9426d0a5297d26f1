import type { DocumentId, FlowId, FlowSpec, Page, workflowsContract } from '@intellidocs/contracts'
import type { Actor, PageInput } from '@intellidocs/kernel'
import type { z } from 'zod'
import type { FlowRow, FlowStatus } from './definitions.repository.ts'

export type ShownFlow = z.infer<typeof workflowsContract.flow>
export type Definition = z.infer<typeof workflowsContract.definition>
export type SimulateInput = z.infer<typeof workflowsContract.simulateFlow.input>
export type Simulated = z.infer<typeof workflowsContract.simulateFlow.output>
export type Sample = { readonly documentId?: DocumentId | undefined; readonly facts?: z.infer<typeof workflowsContract.sampleFacts> | undefined }

/** Definitions of flows in the actor's organization. `flow.not_found` for all that are not there. */
export type DefinitionsService = {
  /** `flow.name_taken`. */
  create(actor: Actor, input: { spec: FlowSpec }): Promise<ShownFlow>
  /** `flow.invalid` with its faults, `flow.state` for an archived one, `flow.name_taken`. */
  publish(actor: Actor, input: { id: FlowId; spec?: FlowSpec | undefined }): Promise<ShownFlow>
  /** Safe to repeat. Runs that have begun go on. */
  archive(actor: Actor, input: { id: FlowId }): Promise<ShownFlow>
  list(actor: Actor, input: PageInput & { status: FlowStatus }): Promise<Page<ShownFlow>>
  get(actor: Actor, input: { id: FlowId; version?: number | undefined }): Promise<Definition>
  /** `document.not_found`, and `auth.forbidden` for those who may not see who is a member. */
  simulate(actor: Actor, input: SimulateInput): Promise<Simulated>
}

export const showFlow = ({ id, name, status, version, createdBy, createdAt, updatedAt, publishedAt }: FlowRow): ShownFlow => ({
  id, name, status, version, createdBy, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString(), publishedAt: publishedAt?.toISOString() ?? null,
})

