import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { create as contentDisposition } from 'content-disposition'
import type { Request, RequestHandler } from 'express'
import { auditContract } from '@intellidocs/contracts'
import { AppError, inputIssues, mustHold, type Actor, type Clock } from '@intellidocs/kernel'
import type { Modules } from '@intellidocs/domain'

export type ExportAudit = Modules['audit']['export']

/** Who asks. `stillValid` answers null once what they showed does not open any more what it opened. */
export type Caller = { readonly actor: Actor; readonly stillValid: () => Promise<readonly string[] | null> }
type Deps = { exportAudit: ExportAudit; callerOf: (req: Request) => Promise<Caller>; clock: Clock }

const ASK_EVERY_MS = 1_000

/** The same, until the caller may not read them any more. @throws AppError auth.required */
async function* whileValid(lines: AsyncIterable<string>, stillValid: Caller['stillValid'], clock: Clock): AsyncGenerator<string> {
  let asked = clock.now().getTime()
  for await (const line of lines) {
    const now = clock.now().getTime()
    if (now - asked >= ASK_EVERY_MS) {
      if (await stillValid() === null) throw new AppError('auth.required')
      asked = now
    }
    yield line
  }
}

/** A reader that takes nothing for this long is cut. */
const READER_IDLE_MS = 60_000

/**
 * `GET /api/v1/audit/export?format=jsonl|ocsf` and the filters of `audit.export`: a stream of lines of any length, whose reader sets the pace. One
 * that breaks off half-way lacks its signed end: so does one whose caller loses the session, the key or the right meanwhile.
 */
export function exportAuditLines({ exportAudit, callerOf, clock }: Deps): RequestHandler {
  return async (req, res) => {
    // A look at the headers would be written down as an export.
    if (req.method === 'HEAD') throw new AppError('procedure.not_found')
    const { actor, stillValid } = await callerOf(req)
    mustHold(actor, 'audit:export')
    const input = auditContract.exportAudit.input.safeParse(req.query)
    if (!input.success) throw new AppError('input.invalid', { details: { issues: inputIssues(input.error) } })
    const { contentType, fileName, lines } = await exportAudit(actor, input.data)
    res.setHeader('content-type', contentType)
    res.set({ 'content-disposition': contentDisposition(fileName), 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'same-site' })
    res.setTimeout(READER_IDLE_MS, () => res.destroy())
    try {
      await pipeline(Readable.from(whileValid(lines, stillValid, clock), { highWaterMark: 1 }), res)
    } catch (error) {
      // A reader that leaves early is nobody's fault.
      if (!(res.destroyed && error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE')) throw error
    }
  }
}
