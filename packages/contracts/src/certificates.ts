import { z } from 'zod'
import { publicKey } from './audit.ts'
import { flowRunId } from './ids.ts'

export const certificateFormats = ['pdf', 'json'] as const
export const certificateFormat = z.enum(certificateFormats)
export type CertificateFormat = z.infer<typeof certificateFormat>

/**
 * `certificate`: the text as it was signed (see `packages/certificate`); formatted anew it does not verify. `GET` of the paths with the same credentials gives
 * it as a file: the pages with the text attached, or the text.
 */
export const getCertificate = {
  input: z.strictObject({ id: flowRunId }), output: z.strictObject({ certificate: z.string(), pdfPath: z.string(), jsonPath: z.string() }),
}
/** Signs certificates; kept apart from them, it tells whether one is the installation's. */
export const certificateKey = { output: publicKey }
