import { privacyContract as contract } from '@intellidocs/contracts'
import { may, orgProcedure, router, userProcedure, whileUnpaid } from '@intellidocs/kernel'
import type { PrivacyService } from './privacy.service.ts'

export const createPrivacyRouter = (privacy: PrivacyService) => router({
  exportPerson: orgProcedure.meta(may('members', 'manage')).input(contract.exportPerson.input).output(contract.exportPerson.output)
    .query(({ ctx, input }) => privacy.exportPerson(ctx.actor, input)),
  exportMyself: userProcedure.input(contract.exportMyself.input).output(contract.exportMyself.output)
    .query(({ ctx, input }) => privacy.exportMyself(ctx, input)),
  erasePerson: orgProcedure.meta({ ...may('members', 'manage'), ...whileUnpaid('deleting') }).input(contract.erasePerson.input).output(contract.erasePerson.output)
    .mutation(({ ctx, input }) => privacy.erasePerson(ctx.actor, input)),
})
