import type { Clock, Outbox, RunInTx } from '@intellidocs/kernel'
import type { FactsDeps } from './definition-facts.ts'
import type { DefinitionsRepository } from './definitions.repository.ts'

export type DefinitionsDeps = FactsDeps & { readonly runInTx: RunInTx; readonly outbox: Outbox; readonly clock: Clock; readonly definitions: DefinitionsRepository }
