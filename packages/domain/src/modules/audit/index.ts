export { createAuditModule, type AuditModule } from './audit.module.ts'
