import { certificatesContract as contract } from '@intellidocs/contracts'
import { may, orgProcedure } from '@intellidocs/kernel'
import type { Certificates } from './certificates.ts'

const reading = orgProcedure.meta(may('flows', 'read'))

/** Of the router `runs`. */
export const certificateProcedures = (certificates: Certificates) => ({
  certificate: reading.input(contract.getCertificate.input).output(contract.getCertificate.output)
    .query(({ ctx, input }) => certificates.get(ctx.actor, input)),
  certificateKey: reading.output(contract.certificateKey.output).query(() => certificates.key()),
})
