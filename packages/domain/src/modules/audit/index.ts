export type { AuditService } from './audit.service.ts'
export { createAuditModule, type AuditModule } from './audit.module.ts'
