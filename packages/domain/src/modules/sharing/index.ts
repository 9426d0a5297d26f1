export { createPagePictures } from './page-pictures.ts'
export { createSharingModule } from './sharing.module.ts'
export type { Shown, ShownDocument, Visitor } from './sharing.types.ts'
