export { createMailModule } from './mail.module.ts'
export type { Postman } from './mail.subscribers.ts'
