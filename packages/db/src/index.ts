export type { Tx, Unit, Database } from './types.ts'
