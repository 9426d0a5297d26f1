export { createIntakeModule } from './intake.module.ts'
export type { Outcome, ReceivedFile, Refusal, Shown as UploadLinkShown, Visitor as UploadVisitor } from './intake.types.ts'
