import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { create as contentDisposition } from 'content-disposition'
import type { Request, RequestHandler } from 'express'
import { auditContract } from '@intellidocs/contracts'
import { AppError, inputIssues, type Actor } from '@intellidocs/kernel'
import type { Modules } from '@intellidocs/domain'

export type ExportAudit = Modules['audit']['export']

/** A reader that takes nothing for this long is cut. */
const READER_IDLE_MS = 60_000

/**
 * `GET /api/v1/audit/export?format=jsonl|ocsf` and the filters of `audit.export`: a stream of lines of any length, whose reader sets the pace. One
 * that breaks off half-way lacks its signed end.
 */
export function exportAuditLines({ exportAudit, actorOf }: { exportAudit: ExportAudit; actorOf: (req: Request) => Promise<Actor> }): RequestHandler {
  return async (req, res) => {
    // A look at the headers would be written down as an export.
    if (req.method === 'HEAD') throw new AppError('procedure.not_found')
    const actor = await actorOf(req)
    if (!actor.permissions.has('audit:export')) throw new AppError('auth.forbidden')
    const input = auditContract.exportAudit.input.safeParse(req.query)
    if (!input.success) throw new AppError('input.invalid', { details: { issues: inputIssues(input.error) } })
    const { contentType, fileName, lines } = await exportAudit(actor, input.data)
    res.setHeader('content-type', contentType)
    res.set({ 'content-disposition': contentDisposition(fileName), 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'same-site' })
    res.setTimeout(READER_IDLE_MS, () => res.destroy())
    try {
      await pipeline(Readable.from(lines, { highWaterMark: 1 }), res)
    } catch (error) {
      // A reader that leaves early is nobody's fault.
      if (!(res.destroyed && error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE')) throw error
    }
  }
}
