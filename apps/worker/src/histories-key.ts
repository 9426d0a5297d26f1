import { createHash } from 'node:crypto'

/** The recorded histories are sealed with this key, which opens nothing else. Only for tests. */
export const historiesKey = createHash('sha256').update('key of the recorded histories').digest()
