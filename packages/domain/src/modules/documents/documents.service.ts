import type { Reader } from '@intellidocs/kernel'
import type { DocumentsDeps } from './documents.deps.ts'
import { acceptDocument } from './use-cases/accept-document.ts'
import { moveDocument, purgeDocument, restoreDocument, trashDocument, updateDocument } from './use-cases/change-document.ts'
import { findDuplicates } from './use-cases/find-duplicates.ts'
import { cancelProcessing, providePassword, reprocessDocument } from './use-cases/control-processing.ts'
import { explainAccess } from './use-cases/explain-access.ts'
import { createFolder, deleteFolder, listFolders, moveFolder, renameFolder, setFolderVisibility } from './use-cases/folders.ts'
import { listGrants, removeGrant, setGrant } from './use-cases/grants.ts'
import { getOcrLanguages, setDefaultOcrLanguages, setOcrLanguages } from './use-cases/ocr-languages.ts'
import { pageImage } from './use-cases/page-image.ts'
import { documentContent, getDocument, listDocuments, listPages, listVersions } from './use-cases/read-documents.ts'
import { listReprocessings, previewReprocessing, startReprocessing } from './use-cases/reprocess-selection.ts'
import { restoreVersion } from './use-cases/restore-version.ts'
import { searchablePdf } from './use-cases/searchable-pdf.ts'
import { setMetadata } from './use-cases/set-metadata.ts'
import { addTags, listTags, removeTags } from './use-cases/tags.ts'
import { thumbnail } from './use-cases/thumbnail.ts'

type UseCase<Who, Input, Output> = (deps: DocumentsDeps, who: Who, input: Input) => Promise<Output>

/** The use cases with their dependencies given; each is documented in `use-cases/`. */
export function createDocumentsService(deps: DocumentsDeps) {
  const on = <Who extends Reader, Input, Output>(useCase: UseCase<Who, Input, Output>) => (who: Who, input: Input): Promise<Output> => useCase(deps, who, input)
  return {
    accept: on(acceptDocument),
    content: on(documentContent),
    list: on(listDocuments),
    get: on(getDocument),
    update: on(updateDocument),
    setMetadata: on(setMetadata),
    move: on(moveDocument),
    trash: on(trashDocument),
    restore: on(restoreDocument),
    purge: on(purgeDocument),
    reprocess: on(reprocessDocument),
    reprocessing: { preview: on(previewReprocessing), start: on(startReprocessing), list: on(listReprocessings) },
    cancel: on(cancelProcessing),
    providePassword: on(providePassword),
    pages: on(listPages),
    pageImage: on(pageImage),
    thumbnail: on(thumbnail),
    searchablePdf: on(searchablePdf),
    duplicates: on(findDuplicates),
    ocrLanguages: { get: on(getOcrLanguages), set: on(setOcrLanguages), setDefault: on(setDefaultOcrLanguages) },
    tags: { add: on(addTags), remove: on(removeTags), list: on(listTags) },
    versions: { list: on(listVersions), restore: on(restoreVersion) },
    folders: {
      create: on(createFolder), list: on(listFolders), move: on(moveFolder), rename: on(renameFolder), setVisibility: on(setFolderVisibility),
      delete: on(deleteFolder),
    },
    grants: { list: on(listGrants), set: on(setGrant), remove: on(removeGrant), explain: on(explainAccess) },
  }
}

export type DocumentsService = ReturnType<typeof createDocumentsService>
