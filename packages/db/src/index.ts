export { Prisma } from './generated/client.ts'
export { openDatabase } from './database.ts'
export type { DbLog } from './postgres/log.ts'
export type { Tx, Unit, Database } from './types.ts'
