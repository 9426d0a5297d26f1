export { createOrgsModule } from './orgs.module.ts'
export type { PurgeGateway } from './purge.types.ts'
