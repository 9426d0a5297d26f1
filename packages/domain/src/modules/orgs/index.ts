export { createOrgsModule } from './orgs.module.ts'
