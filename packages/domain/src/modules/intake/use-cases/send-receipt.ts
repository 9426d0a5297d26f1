import { mailContract, type Sender, type SubmissionId } from '@intellidocs/contracts'
import { AppError, systemActor } from '@intellidocs/kernel'
import type { IntakeDeps } from '../intake.deps.ts'
import type { ReceivedFile, Visitor } from '../intake.types.ts'
import { findOpen } from './open-link.ts'

/**
 * Mails what came to the address that the sender gave, once for a submission; nobody proved that it is theirs, so that few go to one address in an hour.
 * False: none was asked for, none is sent again, or too many were sent there of late.
 */
export async function sendReceipt(
  deps: IntakeDeps, visitor: Visitor, { submission, sender, files }: { submission: SubmissionId; sender: Sender; files: readonly ReceivedFile[] },
): Promise<boolean> {
  const to = sender.email
  if (to === null || files.length === 0) return false
  try {
    const { request } = await findOpen(deps, visitor, submission)
    await deps.attempts.attempt('uploadReceipt', { ip: visitor.ip, account: to })
    const now = deps.clock.now()
    const system = systemActor(request.orgId, visitor.requestId)
    return await deps.runInTx(system, async (tx) => {
      if (!await deps.requests.claimReceipt(tx, request, { submission, now })) return false
      const items = files.slice(0, mailContract.RECEIPT_MOST).map(({ name, size, sha256 }) => ({ title: lineOf(name), size: `${size}`, sha256 }))
      const orgName = lineOf(await deps.requests.orgName(tx, request.orgId))
      await deps.mail.enqueue(tx, system, { to, locale: visitor.locale, template: 'upload-receipt', data: { orgName, at: now.toISOString(), count: `${files.length}`, items } })
      return true
    })
  } catch (error) {
    if (error instanceof AppError && (error.code === 'rate.limited' || error.code === 'upload_link.closed')) return false
    throw error
  }
}

/** A name as mail takes it: a file may be called by more letters, and by marks that turn the direction of writing. */
function lineOf(name: string): string {
  const line = name.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, ' ').trim().slice(0, 100).toWellFormed()
  return line === '' ? '-' : line
}
