export { createOrgsModule, type OrgsDeps } from './orgs.module.ts'
