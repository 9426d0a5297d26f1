import { definitionFactsRepository } from './definition-facts.repository.ts'
import type { DefinitionsDeps } from './definitions.deps.ts'
import { definitionsRepository } from './definitions.repository.ts'
import { createDefinitionsRouter } from './definitions.router.ts'
import { createDefinitionsService } from './definitions.service.ts'

/** The part of the module that keeps what flows are; what becomes of them is beside it. */
export function createDefinitions(deps: Omit<DefinitionsDeps, 'definitions' | 'facts'>) {
  const definitions = createDefinitionsService({ ...deps, definitions: definitionsRepository, facts: definitionFactsRepository })
  return { definitions, router: createDefinitionsRouter(definitions) }
}
