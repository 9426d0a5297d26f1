import type { DocumentId, OrgId, VersionId } from '@intellidocs/contracts'
import { nameWords, type RecognizedWords } from '@intellidocs/extraction'
import { AppError, recordAudit, type Actor } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import { loadDocument } from '../load-document.ts'
import { passwordOf } from '../password.ts'
import { noSearchablePdfs, type MadePdf } from '../searchable-pdfs.types.ts'
import { hasRecognizedPages, listRecognizedPages, type StoredVersion } from '../versions.repository.ts'
import { servable } from './page-image.ts'

type Input = { readonly id: DocumentId; readonly version?: number | undefined; /** Aborted when nobody waits any more. */ readonly signal: AbortSignal }
export type SearchablePdf = MadePdf & { readonly fileName: string }

/** Pages whose words are asked for at a time. */
const AT_A_TIME = 100

/**
 * A version as a PDF that looks as it does and in which the words that were recognized can be found; written down as a download. Null: it is a PDF of whose pages none was
 * recognized, so that the original is what is wanted. Made outside of transactions, and asked once more after that, in which the right to it may have been taken away.
 * @throws AppError document.not_found, version.not_found, document.not_read, document.locked, document.not_searchable, document.not_made, document.unscanned,
 * document.infected, service.unavailable
 */
export async function searchablePdf(deps: DocumentsDeps, actor: Actor, { signal, ...input }: Input): Promise<SearchablePdf | null> {
  const { searchable = noSearchablePdfs } = deps
  const { version, title, isRecognized } = await deps.runInTx(actor, async (tx) => {
    const found = await servable(tx, { actor, input })
    const { facts, name } = await loadDocument(tx, actor, input.id)
    return { version: found, title: (found.current ? facts.title : undefined) ?? nameWords(name), isRecognized: await hasRecognizedPages(tx, actor.orgId, found.id) }
  }, { readOnly: true })
  const mime = mustBeRead(version)
  if (!searchable.canMake(mime)) throw new AppError('document.not_searchable')
  if (mime === 'application/pdf' && !isRecognized) return null
  const { sha256, size, language } = version
  const made = await searchable.make({
    orgId: actor.orgId, sha256, size, mime, password: passwordOf(deps, version), about: { title, language }, signal, layers: () => layersOf(deps, actor, version.id),
  })
  if (made === null) throw new AppError('document.not_made')
  try {
    await noteDownload(deps, actor, { id: input.id, version })
  } catch (error) {
    made.bytes.destroy()
    throw error
  }
  return { ...made, fileName: `${version.fileName.replace(/\.[^.]{1,5}$/, '')}.pdf` }
}

/** Its type. @throws AppError document.locked, document.not_read */
function mustBeRead({ state, mime }: StoredVersion): string {
  if (state === 'needs_password') throw new AppError('document.locked')
  if (state !== 'ready' || mime === null) throw new AppError('document.not_read')
  return mime
}

async function* layersOf(deps: DocumentsDeps, actor: Actor & { readonly orgId: OrgId }, id: VersionId): AsyncGenerator<RecognizedWords> {
  for (let after = 0; ;) {
    const pages = await deps.runInTx(actor, (tx) => listRecognizedPages(tx, actor.orgId, { id, after, limit: AT_A_TIME }), { readOnly: true })
    yield* pages
    const last = pages.at(-1)
    if (last === undefined || pages.length < AT_A_TIME) return
    after = last.number
  }
}

const noteDownload = (deps: DocumentsDeps, actor: Actor, { id, version }: { id: DocumentId; version: StoredVersion }): Promise<void> => deps.runInTx(actor, async (tx) => {
  const found = await servable(tx, { actor, input: { id, version: version.number } })
  if (found.id !== version.id) throw new AppError('version.not_found')
  await recordAudit(tx, actor, {
    action: 'documents.download', subjectType: 'document', subjectId: id, data: { version: version.number, sha256: version.sha256, form: 'searchable-pdf' },
  })
})
