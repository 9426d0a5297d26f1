import { router, type Subscriber } from '@intellidocs/kernel'
import { createDefinitions } from './definitions.module.ts'

export function createWorkflowsModule(deps: Parameters<typeof createDefinitions>[0]) {
  const { definitions, router: definitionsRouter } = createDefinitions(deps)
  return {
    name: 'workflows',
    routers: { workflows: router({ definitions: definitionsRouter }) },
    subscribers: [] as Subscriber[],
    definitions,
  } as const
}
