import { documentsContract as contract, grantsContract, readingContract, reprocessingContract } from '@intellidocs/contracts'
import { may, orgProcedure, readProcedure, router, whileUnpaid } from '@intellidocs/kernel'
import type { PageImage } from './use-cases/page-image.ts'
import type { DocumentsService } from './documents.service.ts'

const looking = readProcedure.meta(may('documents', 'read'))
const reading = orgProcedure.meta(may('documents', 'read'))
const creating = orgProcedure.meta(may('documents', 'create'))
const editing = orgProcedure.meta(may('documents', 'edit'))
const deleting = orgProcedure.meta(may('documents', 'delete'))

const inBase64 = ({ bytes, ...image }: PageImage) => ({ ...image, data: bytes.toString('base64') })

const tagsRouter = ({ tags }: DocumentsService) => router({
  add: editing.input(contract.addTags.input).output(contract.addTags.output)
    .mutation(({ ctx, input }) => tags.add(ctx.actor, input)),
  remove: editing.input(contract.removeTags.input).output(contract.removeTags.output)
    .mutation(({ ctx, input }) => tags.remove(ctx.actor, input)),
  list: looking.input(contract.listTags.input).output(contract.listTags.output)
    .query(({ ctx, input }) => tags.list(ctx.reader, input)),
})

const versionsRouter = ({ versions }: DocumentsService) => router({
  list: reading.input(contract.listVersions.input).output(contract.listVersions.output)
    .query(({ ctx, input }) => versions.list(ctx.actor, input)),
  restore: editing.input(contract.restoreVersion.input).output(contract.restoreVersion.output)
    .mutation(({ ctx, input }) => versions.restore(ctx.actor, input)),
})

const foldersRouter = ({ folders }: DocumentsService) => router({
  create: creating.input(contract.createFolder.input).output(contract.createFolder.output)
    .mutation(({ ctx, input }) => folders.create(ctx.actor, input)),
  list: reading.input(contract.listFolders.input).output(contract.listFolders.output)
    .query(({ ctx, input }) => folders.list(ctx.actor, input)),
  move: editing.input(contract.moveFolder.input).output(contract.moveFolder.output)
    .mutation(({ ctx, input }) => folders.move(ctx.actor, input)),
  rename: editing.input(contract.renameFolder.input).output(contract.renameFolder.output)
    .mutation(({ ctx, input }) => folders.rename(ctx.actor, input)),
  setVisibility: editing.input(contract.setFolderVisibility.input).output(contract.setFolderVisibility.output)
    .mutation(({ ctx, input }) => folders.setVisibility(ctx.actor, input)),
  delete: deleting.meta(whileUnpaid('deleting')).input(contract.deleteFolder.input).output(contract.deleteFolder.output)
    .mutation(({ ctx, input }) => folders.delete(ctx.actor, input)),
})

const grantsRouter = ({ grants }: DocumentsService) => router({
  list: reading.input(grantsContract.listGrants.input).output(grantsContract.listGrants.output)
    .query(({ ctx, input }) => grants.list(ctx.actor, input)),
  set: editing.input(grantsContract.setGrant.input).output(grantsContract.setGrant.output)
    .mutation(({ ctx, input }) => grants.set(ctx.actor, input)),
  remove: editing.meta(whileUnpaid('protecting')).input(grantsContract.removeGrant.input).output(grantsContract.removeGrant.output)
    .mutation(({ ctx, input }) => grants.remove(ctx.actor, input)),
  explain: reading.input(grantsContract.explainAccess.input).output(grantsContract.explainAccess.output)
    .query(({ ctx, input }) => grants.explain(ctx.actor, input)),
})

const ocrLanguagesRouter = ({ ocrLanguages }: DocumentsService) => router({
  get: reading.input(readingContract.getOcrLanguages.input).output(readingContract.getOcrLanguages.output)
    .query(({ ctx, input }) => ocrLanguages.get(ctx.actor, input)),
  set: editing.input(readingContract.setOcrLanguages.input).output(readingContract.setOcrLanguages.output)
    .mutation(({ ctx, input }) => ocrLanguages.set(ctx.actor, input)),
  setDefault: orgProcedure.meta(may('orgs', 'manage')).input(readingContract.setDefaultOcrLanguages.input).output(readingContract.setDefaultOcrLanguages.output)
    .mutation(({ ctx, input }) => ocrLanguages.setDefault(ctx.actor, input)),
})

const reprocessingRouter = ({ reprocessing }: DocumentsService) => router({
  preview: editing.input(reprocessingContract.previewReprocessing.input).output(reprocessingContract.previewReprocessing.output)
    .query(({ ctx, input }) => reprocessing.preview(ctx.actor, input)),
  start: editing.input(reprocessingContract.startReprocessing.input).output(reprocessingContract.startReprocessing.output)
    .mutation(({ ctx, input }) => reprocessing.start(ctx.actor, input)),
  list: editing.input(reprocessingContract.listReprocessings.input).output(reprocessingContract.listReprocessings.output)
    .query(({ ctx, input }) => reprocessing.list(ctx.actor, input)),
})

export const createDocumentsRouter = (documents: DocumentsService) => router({
  list: looking.input(contract.listDocuments.input).output(contract.listDocuments.output)
    .query(({ ctx, input }) => documents.list(ctx.reader, input)),
  get: looking.input(contract.getDocument.input).output(contract.getDocument.output)
    .query(({ ctx, input }) => documents.get(ctx.reader, input)),
  pages: reading.input(contract.listPages.input).output(contract.listPages.output)
    .query(({ ctx, input }) => documents.pages(ctx.actor, input)),
  pageImage: reading.input(contract.pageImage.input).output(contract.pageImage.output)
    .query(async ({ ctx, input }) => inBase64(await documents.pageImage(ctx.actor, input))),
  duplicates: reading.input(contract.findDuplicates.input).output(contract.findDuplicates.output)
    .query(({ ctx, input }) => documents.duplicates(ctx.actor, input)),
  update: editing.input(contract.updateDocument.input).output(contract.updateDocument.output)
    .mutation(({ ctx, input }) => documents.update(ctx.actor, input)),
  setMetadata: editing.input(contract.setMetadata.input).output(contract.setMetadata.output)
    .mutation(({ ctx, input }) => documents.setMetadata(ctx.actor, input)),
  move: editing.input(contract.moveDocument.input).output(contract.moveDocument.output)
    .mutation(({ ctx, input }) => documents.move(ctx.actor, input)),
  trash: deleting.meta(whileUnpaid('deleting')).input(contract.trashDocument.input).output(contract.trashDocument.output)
    .mutation(({ ctx, input }) => documents.trash(ctx.actor, input)),
  restore: deleting.input(contract.restoreDocument.input).output(contract.restoreDocument.output)
    .mutation(({ ctx, input }) => documents.restore(ctx.actor, input)),
  purge: deleting.meta(whileUnpaid('deleting')).input(contract.purgeDocument.input).output(contract.purgeDocument.output)
    .mutation(({ ctx, input }) => documents.purge(ctx.actor, input)),
  reprocess: editing.input(contract.reprocessDocument.input).output(contract.reprocessDocument.output)
    .mutation(({ ctx, input }) => documents.reprocess(ctx.actor, input)),
  cancel: editing.input(contract.cancelProcessing.input).output(contract.cancelProcessing.output)
    .mutation(({ ctx, input }) => documents.cancel(ctx.actor, input)),
  providePassword: editing.input(contract.providePassword.input).output(contract.providePassword.output)
    .mutation(({ ctx, input }) => documents.providePassword(ctx.actor, input)),
  ocrLanguages: ocrLanguagesRouter(documents),
  reprocessing: reprocessingRouter(documents),
  tags: tagsRouter(documents),
  versions: versionsRouter(documents),
  folders: foldersRouter(documents),
  grants: grantsRouter(documents),
})
