export { createSharingModule } from './sharing.module.ts'
export type { Shown, ShownDocument, Visitor } from './sharing.types.ts'
