import { auditContract as contract } from '@intellidocs/contracts'
import { may, orgProcedure, router, whileUnpaid } from '@intellidocs/kernel'
import type { AuditService } from './audit.service.ts'

const reading = orgProcedure.meta(may('audit', 'read'))
const exporting = orgProcedure.meta(may('audit', 'export'))

export const createAuditRouter = (audit: AuditService) => router({
  list: reading.input(contract.listAudit.input).output(contract.listAudit.output)
    .query(({ ctx, input }) => audit.list(ctx.actor, input)),
  verify: reading.input(contract.verifyAudit.input).output(contract.verifyAudit.output)
    .query(({ ctx, input }) => audit.verify(ctx.actor, input)),
  key: reading.output(contract.auditKey.output).query(() => audit.key()),
  export: exporting.input(contract.exportAudit.input).output(contract.exportAudit.output)
    .query(({ ctx, input }) => audit.exportPath(ctx.actor, input)),
  checkpoint: exporting.meta(whileUnpaid('exporting')).output(contract.auditCheckpoint.output).mutation(({ ctx }) => audit.checkpoint(ctx.actor)),
})
