export { createAuditModule, type AuditModule } from './audit.module.ts'
export type { ExportStream } from './export.ts'
