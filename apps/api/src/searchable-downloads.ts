import type { Request, Response } from 'express'
import type { DocumentId } from '@intellidocs/contracts'
import type { SearchablePdf } from '@intellidocs/domain'
import type { Actor } from '@intellidocs/kernel'
import { cutOnceClosed } from './cut-once-closed.ts'
import { readTarget, send, setSafeHeaders } from './document-bytes.ts'

export type FindSearchable = (actor: Actor, input: { id: DocumentId; version?: number | undefined; signal: AbortSignal }) => Promise<SearchablePdf | null>
type Exchange = { req: Request; res: Response; actor: Actor; stillValid: () => Promise<boolean> }

/**
 * The document as a PDF in which its recognized words can be found, made for this request and given up with it; whole, as nothing of it is kept. False: it is a PDF of whose
 * pages none was recognized, and its original is the answer.
 */
export async function sendSearchable(searchablePdf: FindSearchable, { req, res, actor, stillValid }: Exchange): Promise<boolean> {
  const left = new AbortController()
  res.once('close', () => left.abort())
  const made = await searchablePdf(actor, { ...readTarget(req), signal: left.signal })
  if (made === null) return false
  setSafeHeaders(res, { fileName: made.fileName, mime: 'application/pdf' })
  res.set({ 'accept-ranges': 'none', 'content-length': String(made.size) })
  if (req.method === 'HEAD' || res.destroyed) {
    made.bytes.destroy()
    res.end()
    return true
  }
  void cutOnceClosed(res, stillValid)
  await send(res, made.bytes, null)
  return true
}
