import { create as contentDisposition } from 'content-disposition'
import type { Request, RequestHandler } from 'express'
import { certificatesContract, flowRunId, type CertificateFormat, type FlowRunId } from '@intellidocs/contracts'
import { AppError, inputIssues, type Actor } from '@intellidocs/kernel'

type CertificateFile = { readonly bytes: Buffer; readonly contentType: string; readonly fileName: string }
export type FindCertificate = (actor: Actor, asked: { id: FlowRunId; format: CertificateFormat }) => Promise<CertificateFile>
type Deps = { certificate: FindCertificate; actorOf: (req: Request) => Promise<Actor> }

const format = certificatesContract.certificateFormat.default('pdf')

/** `GET /api/v1/runs/:id/certificate?format=pdf|json`: what a run came to, as a file. That it was read is written down. */
export function sendCertificate({ certificate, actorOf }: Deps): RequestHandler {
  return async (req, res) => {
    // A look at the headers would be written down as a reading.
    if (req.method === 'HEAD') throw new AppError('procedure.not_found')
    const actor = await actorOf(req)
    if (!actor.permissions.has('flows:read')) throw new AppError('auth.forbidden')
    const id = flowRunId.safeParse(req.params['id'])
    if (!id.success) throw new AppError('run.not_found')
    const asked = format.safeParse(req.query['format'])
    if (!asked.success) throw new AppError('input.invalid', { details: { issues: inputIssues(asked.error) } })
    const { bytes, contentType, fileName } = await certificate(actor, { id: id.data, format: asked.data })
    res.setHeader('content-type', contentType)
    res.set({
      'content-disposition': contentDisposition(fileName), 'content-length': String(bytes.length), 'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'same-site',
    })
    res.end(bytes)
  }
}
