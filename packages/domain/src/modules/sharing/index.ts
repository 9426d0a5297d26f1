export { createPagePictures } from './page-pictures.ts'
export { createSharingModule } from './sharing.module.ts'
export type { Place as PlaceInDocument, Shown, ShownDocument, ShownFolder, ShownText, Visitor } from './sharing.types.ts'
