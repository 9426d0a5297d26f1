export { createIntakeModule } from './intake.module.ts'
export type { Limits as UploadLimits, Outcome, ReceivedFile, Refusal, Shown as UploadLinkShown, Visitor as UploadVisitor } from './intake.types.ts'
