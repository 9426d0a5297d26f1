export { Prisma } from './generated/client.ts'
export type { Tx, Unit, Database } from './types.ts'
