export { createRetentionModule } from './retention.module.ts'
