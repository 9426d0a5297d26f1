import { buffer } from 'node:stream/consumers'
import { documentsContract, type DocumentId, type FieldValue, type FileKind, type OrgId, type Sender } from '@intellidocs/contracts'
import { AppError, hashToken, pseudonymOf, type Actor, type Tx } from '@intellidocs/kernel'
import type { IntakeDeps } from '../intake.deps.ts'
import type { Incoming, Outcome, ReceivedFile, Refusal, UploadRequestRow, Visitor } from '../intake.types.ts'
import { nameOf, stateOf } from '../intake.policy.ts'
import { isWanted, kindOf, LOOKED_AT_BYTES } from '../kinds.policy.ts'
import { findOpen, isRefused, type OpenLink } from './open-link.ts'

/** Undoes what a unit has written, with the reason that the sender is told. */
class Refused extends Error {
  readonly why: Refusal
  constructor(why: Refusal) {
    super(why)
    this.why = why
  }
}

/**
 * Makes stored bytes a document in the folder of a link, in the name of its maker, like every upload: its place and its bytes are taken from the request in the
 * transaction that makes it, so that nothing is taken past a limit, however many come at once. The same file, sent again with its form, is answered as before.
 * Bytes that are refused are swept, and counted against the link and who sent them until then. Throws what is nobody's fault here (the store, the database).
 */
export async function receiveFile(deps: IntakeDeps, visitor: Visitor, incoming: Incoming): Promise<Outcome> {
  const name = documentsContract.documentName.safeParse(nameOf(incoming.name))
  try {
    const link = await findOpen(deps, visitor, incoming.submission)
    if (!name.success) throw new Refused('name')
    if (incoming.size === 0) throw new Refused('empty')
    if (incoming.size > link.request.maxFileBytes) throw new Refused('too_large')
    if (!isWanted(link.request.kinds, await kindOfStored(deps, link.request, incoming))) throw new Refused('kind')
    return { kind: 'received', file: await accept(deps, link, { ...incoming, name: name.data }) }
  } catch (error) {
    const why = refusalOf(error)
    if (why === null) throw error
    await countWaste(deps, visitor, incoming.size)
    return { kind: 'refused', why }
  }
}

/** Bytes that one attempt stands for. */
const WASTE_BYTES = 16 * 1024 * 1024

/** @throws AppError rate.limited */
async function countWaste(deps: IntakeDeps, { ip, token }: Visitor, size: number): Promise<void> {
  for (let counted = 0; counted < size; counted += WASTE_BYTES) await deps.attempts.attempt('uploadWaste', { ip, account: hashToken(token) })
}

function refusalOf(error: unknown): Refusal | null {
  if (error instanceof Refused) return error.why
  if (isRefused(error)) return 'closed'
  if (!(error instanceof AppError)) return null
  return error.code === 'upload_link.closed' ? 'closed' : error.code === 'quota.exceeded' ? 'no_room' : null
}

async function kindOfStored(deps: IntakeDeps, { orgId, kinds }: UploadRequestRow, { sha256, size }: Incoming): Promise<FileKind | null> {
  if (kinds === null) return null
  const part = async (start: number, end: number): Promise<Buffer> => buffer(await deps.blobs.open(orgId, sha256, { start, end }))
  const head = await part(0, Math.min(size, LOOKED_AT_BYTES) - 1)
  return kindOf({ head, tail: size <= LOOKED_AT_BYTES ? head : await part(size - LOOKED_AT_BYTES, size - 1) })
}

/** Fields of the document; what nobody said is absent. */
function fieldsOf({ name, email }: Sender): Record<string, FieldValue> {
  return { received_by: 'upload request', ...(name === null ? {} : { sender_name: name }), ...(email === null ? {} : { sender_email: email }) }
}

async function accept(deps: IntakeDeps, { request, maker }: OpenLink, incoming: Incoming): Promise<ReceivedFile> {
  const { name, size, sha256, submission, sender } = incoming
  const input = {
    name, size, sha256, folderId: request.folderId, storedAt: incoming.storedAt, idempotencyKey: null, requestHash: sha256, onDuplicate: 'create', metadata: fieldsOf(sender),
  } as const
  return deps.documents.acceptTogether(maker, { input, work: async (tx, make) => {
    const at = deps.clock.now()
    if (!await deps.requests.enterSubmission(tx, request, { submission, sender, at })) throw new Refused('closed')
    const before = (await deps.requests.files(tx, request.orgId, submission)).find((file) => file.sha256 === sha256 && file.name === name)
    if (before !== undefined) return before
    if (await deps.requests.spend(tx, request, { size, now: at }) !== 1) throw new Refused(await whyNot(deps, tx, { request, size, at }))
    const { document } = await make()
    const file: ReceivedFile = { name, size, sha256, at }
    await deps.requests.insertFile(tx, request.orgId, { ...file, submission, documentId: document.id })
    await note(deps, tx, { request, maker, incoming, documentId: document.id })
    return file
  } })
}

/** A link that has places left, but not for this file, says so; everything else is one answer. */
async function whyNot(deps: IntakeDeps, tx: Tx, { request, size, at }: { request: UploadRequestRow; size: number; at: Date }): Promise<Refusal> {
  const now = await deps.requests.find(tx, request)
  if (now === null || stateOf(now, at) !== 'open') return 'closed'
  return size > now.maxFileBytes ? 'too_large' : 'no_room'
}

/** The audit can never be changed, so nobody from outside stands there by name: by the address if they gave one, and else by what they call themselves. */
function hidden({ secretKey }: IntakeDeps, orgId: OrgId, { name, email }: Sender): { pseudonym: string } | null {
  const text = email ?? name
  return text === null ? null : { pseudonym: pseudonymOf(secretKey, { orgId, text }) }
}

type Received = { readonly request: UploadRequestRow; readonly maker: Actor; readonly incoming: Incoming; readonly documentId: DocumentId }

function note(deps: IntakeDeps, tx: Tx, { request, maker, incoming: { submission, sender, sha256, size }, documentId }: Received): Promise<void> {
  const { id: requestId, folderId, createdBy } = request
  return deps.outbox.append(tx, maker, {
    type: 'intake.received.v1', documentId, payload: { documentId, requestId, folderId, submissionId: submission, createdBy },
    audit: { subjectType: 'uploadRequest', subjectId: requestId, data: { documentId, submissionId: submission, sha256, size, sender: hidden(deps, request.orgId, sender) } },
  })
}
