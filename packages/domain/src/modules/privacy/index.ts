export { createNames, createPrivacyModule } from './privacy.module.ts'
