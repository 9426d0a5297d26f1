import { v7 } from 'uuid'

/** A new UUIDv7: sorts by the time it was made, so that primary keys grow at one end of their index. */
export const newId = (): string => v7()
