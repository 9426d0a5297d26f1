export type { AuditService } from './audit.service.ts'
export { createAuditModule, type AuditModule } from './audit.module.ts'
export { createAuditKeys, type AuditKeys } from './audit.keys.ts'
